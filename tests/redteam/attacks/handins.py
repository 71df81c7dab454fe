"""What a hand-in can try on the collector: repositories, folders, zips and their names.

Each act builds a hand-in of `eve` beside an honest one, collects both, and looks at what was taken. Honest work
must be collected as if it were alone, and nothing of the canaries may be among what is taken.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from autograder.intake.allowlist import AllowList
from autograder.intake.collect import collect
from autograder.records import Grade, Result, Run, Submission
from autograder.redteam.attack import Absent, Act, Attack, Escaped, Surface
from autograder.results.key import result_key
from autograder.results.store import finished, read_result, write_result
from autograder.seeds import Seed, student_seed
from autograder.sources.leaks import answers_of, leaks_in
from tests.test_gitread import commit_tree, git, make, write_object

from ..scene import TOKEN, token

GIVEN = {"__init__.py": b"", "plays.py": b"def play(): ...\n", "tests/test_noising.py": b"def test(): ...\n"}
ALLOW = AllowList("a99_example", frozenset({"noising.py"}), GIVEN)
HONEST = {"noising.py": b"x = 1\n"}
DUE = datetime(2026, 1, 31, 12, tzinfo=UTC)
PLACE = "assignments/a99_example"


def need(holds: bool, otherwise: str) -> None:
    """Say that an attack came through unless something holds."""
    if not holds:
        raise Escaped(otherwise)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def taken(place: Path, **tables: Any) -> Submission:
    """Collect a class with an honest neighbour; return what was taken of the other one."""
    neighbour = place / "in" / "zz-honest"
    if not neighbour.exists():
        write(neighbour, HONEST)
    *others, honest = collect(place / "in", ALLOW, **tables)
    need(honest.files == HONEST and not honest.problem, "the honest neighbour is not collected as before")
    need(len(others) == 1, f"{len(others)} submissions came of one")
    shown = repr((others[0].files, others[0].notices, others[0].problem))
    need(not TOKEN.search(shown), "a secret was collected")
    return others[0]


def only_noising(one: Submission) -> None:
    need(set(one.files) <= {"noising.py"}, f"taken: {sorted(one.files)}")


def eve(place: Path, files: dict[str, bytes]) -> Path:
    return write(place / "in" / "eve", files)


def left_out(*names: str, content: bytes = b"evil = 1\n") -> Callable[[Path, Any], str]:
    """Hand in files beside the right one, none of which may be taken."""

    def act(place: Path, bench: Any) -> str:
        eve(place, {**HONEST, **dict.fromkeys(names, content)})
        one = taken(place)
        need(one.files == HONEST, f"taken: {sorted(one.files)}")
        return "allow-list"

    return act


def not_source(content: bytes) -> Callable[[Path, Any], str]:
    """Hand in a file that is no Python source in the place of the right one."""

    def act(place: Path, bench: Any) -> str:
        eve(place, {"noising.py": content})
        one = taken(place)
        need(not one.files and bool(one.problem) and bool(one.notices), "it was taken")
        return "content is looked at before it is taken"

    return act


def for_python_to_read(content: bytes) -> Callable[[Path, Any], str]:
    """Hand in a file whose encoding only a worker's Python is to look at."""

    def act(place: Path, bench: Any) -> str:
        eve(place, {"noising.py": content})
        need(taken(place).files == {"noising.py": content}, "it was changed or decoded")
        return "bytes are staged as they came"

    return act


@contextmanager
def git_is_there() -> Iterator[None]:
    if not shutil.which("git"):
        raise Absent("git is not installed")
    yield


def repository(place: Path, files: dict[str, bytes] = HONEST) -> Path:
    with git_is_there():
        (place / "in").mkdir(exist_ok=True)
        make(place / "in" / "eve", files)
    return place / "in" / "eve"


# ---- 13, 14, 17: results and workflows of the student's own
def forged_release(place: Path, bench: Any) -> str:
    home = repository(place)
    (home / "noising.py").write_bytes(b"x = 100\n")
    git(home, "commit", "-qam", "for the release")
    git(home, "tag", "result-100")
    git(home, "reset", "-q", "--hard", "HEAD~1")
    need(taken(place).files == HONEST, "a tag's content was graded")
    return "HEAD or received.csv says what is graded"


def edited_checks(place: Path, bench: Any) -> str:
    eve(place, {**HONEST, "tests/test_noising.py": b"def test(): pass\n", "plays.py": b"play = None\n"})
    one = taken(place)
    only_noising(one)
    need("Replaced" in " ".join(one.notices), "the edit of given files is not told")
    return "given files are graded as released"


def _result(
    bench: Any, student: str, key: bytes, files: dict[str, bytes], score: float
) -> tuple[Submission, Result, Seed]:
    one = Submission(student, "", student, "c", files)
    seed = student_seed(key, student)
    result_of = result_key(one, "inputs", seed, "full")
    grade = Grade(student, "", "a99_example", "c", "", False, "0", score, 100.0, False, ())
    return one, Result(grade, Run("full", "", "", 0.0, result_of)), seed


def replayed_result(place: Path, bench: Any) -> str:
    """Give bob's result to eve, whose work is the same to the byte."""
    _, bobs, _ = _result(bench, "bob", b"k" * 20, HONEST, 100.0)
    hers, _, seed = _result(bench, "eve", b"k" * 20, HONEST, 0.0)
    write_result(replace(bobs, grade=replace(bobs.grade, student="eve")), place)
    need(
        finished(read_result(place / "eve.json"), hers, "inputs", seed) is None,
        "another student's result counts",
    )
    return "a result is bound to the student's seed"


def earlier_result(place: Path, bench: Any) -> str:
    """Keep the result of an earlier, better commit."""
    _, better, _ = _result(bench, "eve", b"k" * 20, {"noising.py": b"better\n"}, 100.0)
    hers, _, seed = _result(bench, "eve", b"k" * 20, HONEST, 0.0)
    write_result(better, place)
    need(
        finished(read_result(place / "eve.json"), hers, "inputs", seed) is None,
        "the result of other content counts",
    )
    return "a result is bound to its content"


def result_of_another_key(place: Path, bench: Any) -> str:
    _, known, _ = _result(bench, "eve", b"0" * 20, HONEST, 100.0)
    hers, _, seed = _result(bench, "eve", b"k" * 20, HONEST, 0.0)
    write_result(known, place)
    need(
        finished(read_result(place / "eve.json"), hers, "inputs", seed) is None,
        "a result made with another course key counts",
    )
    return "a result is bound to the course key"


# ---- 27: what a release gives away
def leaked(name: str, change: Callable[[str], bytes]) -> Callable[[Path, Any], str]:
    """Plant an answer in what students get, in some disguise."""

    def act(place: Path, bench: Any) -> str:
        assignment = bench.judge.assignment
        source = (assignment.folder / "noising.py").read_text()
        innocent = {name: change("x = 1\n")}
        need(not leaks_in(innocent, answers_of([assignment])), "an innocent file is called a leak")
        need(bool(leaks_in({name: change(source)}, answers_of([assignment]))), "the answer would be released")
        return "release looks for answers in what it writes"

    return act


def in_notebook(source: str) -> bytes:
    import json

    cell = {"cell_type": "code", "source": ["1 + 1"], "outputs": [{"output_type": "stream", "text": source}]}
    return json.dumps({"cells": [cell], "nbformat": 4, "metadata": {}}).encode()


def in_a_function(source: str) -> bytes:
    return f"def judge(arrays):\n    return arrays\n\n\n{source}".encode()


def as_bytecode(source: str) -> bytes:
    import importlib.util
    import marshal

    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(source, "noising.py", "exec"))


# ---- 60: links and special files
def link_to_a_secret(place: Path, bench: Any) -> str:
    secret = write(place, {"secret.py": token("host").encode()}) / "secret.py"
    home = eve(place, {"readme.md": b""})
    (home / "noising.py").symlink_to(secret)
    one = taken(place)
    need(not one.files, "the link was followed")
    return "links are not followed"


def linked_folder(place: Path, bench: Any) -> str:
    write(place / "staff" / "a99_example", {"noising.py": token("staff").encode()})
    home = eve(place, {"helper.py": b""})
    (home / "assignments").symlink_to(place / "staff")
    need("noising.py" not in taken(place).files, "the link was followed")
    return "links are not followed"


def linked_entry(place: Path, bench: Any) -> str:
    write(place / "in" / "zz-honest", HONEST)
    (place / "in" / "eve").symlink_to(place / "in" / "zz-honest")
    need(not taken(place).files, "another student's folder was graded")
    return "an entry that is a link is refused"


def special_files(place: Path, bench: Any) -> str:
    home = eve(place, {})
    home.mkdir(parents=True)
    os.mkfifo(home / "noising.py")
    os.mkfifo(home / "helper.py")
    need(not taken(place).files, "a pipe was read")
    return "only regular files are read, without waiting"


def a_socket(place: Path, bench: Any) -> str:
    home = eve(place, dict(HONEST))
    here = Path.cwd()
    os.chdir(home)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("helper.py")
            only_noising(taken(place))
    finally:
        os.chdir(here)
    return "only regular files are read"


def a_device(place: Path, bench: Any) -> str:
    home = eve(place, {"readme.md": b""})
    try:
        os.mknod(home / "noising.py", stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except OSError as problem:
        raise Absent(f"this user may not make a device ({problem.strerror})") from None
    need(not taken(place).files, "a device was read")
    return "only regular files are read"


def zipped(place: Path, files: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    (place / "in").mkdir(exist_ok=True)
    path = place / "in" / "eve.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
        for name, target in (links or {}).items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
            made.writestr(member, target)
    return path


def zip_link(place: Path, bench: Any) -> str:
    secret = write(place, {"secret.py": token("host").encode()}) / "secret.py"
    zipped(place, {"readme.md": b""}, {"noising.py": str(secret)})
    need(not taken(place).files, "the link was followed")
    return "links in a zip are seen, never made"


def git_link(place: Path, bench: Any) -> str:
    home = repository(place, {"readme.md": b""})
    secret = write(place, {"secret.py": token("host").encode()}) / "secret.py"
    target = git(home, "hash-object", "-w", "--stdin", stdin=str(secret).encode())
    git(home, "update-ref", "HEAD", commit_tree(home, [("120000", b"noising.py", target)]))
    need(not taken(place).files, "the link was followed")
    return "trees are read without a checkout"


# ---- 61: tricks of git and zip
def submodule(place: Path, bench: Any) -> str:
    home = repository(place)
    blob = git(home, "rev-parse", "HEAD:noising.py")
    entries = [("100644", b"noising.py", blob), ("160000", b"zz_module", "1" * 40)]
    git(home, "update-ref", "HEAD", commit_tree(home, entries))
    only_noising(taken(place))
    return "submodules are not fetched"


def commands(place: Path, bench: Any) -> str:
    """Every one of these settings starts a command when git runs in the repository itself."""
    home = repository(place, {**HONEST, ".gitattributes": b"*.py filter=evil diff=evil\n"})
    canary, script = place / "canary", place / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    script.chmod(0o755)
    settings = [("core.fsmonitor", script), ("core.hooksPath", place), ("core.sshCommand", script),
                ("core.alternateRefsCommand", script), ("filter.evil.smudge", script), ("filter.evil.clean", script),
                ("filter.evil.process", script), ("diff.evil.textconv", script), ("uploadpack.packObjectsHook", script),
                ("include.path", script), ("remote.origin.url", f"ext::{script}"), ("protocol.ext.allow", "always"),
                ("remote.origin.promisor", "true"), ("extensions.partialClone", "origin")]  # fmt: skip
    with (home / ".git" / "config").open("a") as file:
        for name, value in settings:
            section, _, key = name.rpartition(".")
            top, _, sub = section.partition(".")
            file.write(f'[{top} "{sub}"]\n' if sub else f"[{top}]\n")
            file.write(f"\t{key} = {value}\n")
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        shutil.copy(script, home / ".git" / "hooks" / hook)
    one = taken(place)
    need(one.files == HONEST, "the commit was not read")
    need(not canary.exists(), "a command of the repository ran")
    (home / "noising.py").unlink()
    (home / ".git" / "config").write_text(
        f'[core]\n\tbare = false\n[filter "evil"]\n\tsmudge = "touch {canary}; cat"\n'
    )
    git(home, "checkout", "-q", "--", "noising.py")
    need(canary.exists(), "dud: a plain checkout does not run it either")
    return "git works in a repository of ours; nothing is checked out"


def borrowed(place: Path, bench: Any) -> str:
    with git_is_there():
        commit = make(place / "bob", {"noising.py": token("other").encode()})
        home = repository(place, {})
    (home / ".git/objects/info").mkdir(exist_ok=True)
    (home / ".git/objects/info/alternates").write_text(f"{place}/bob/.git/objects\n")
    (home / ".git/HEAD").write_text(commit + "\n")
    need(not taken(place).files, "another repository's work was read")
    return "a repository that borrows objects is refused"


def a_worktree(place: Path, bench: Any) -> str:
    with git_is_there():
        make(place / "bob", {"noising.py": token("other").encode()})
        (place / "in").mkdir()
        git(place / "bob", "worktree", "add", "-q", str(place / "in" / "eve"), "-b", "eve")
    need(not taken(place).files, "another repository's work was read")
    return "a .git that points elsewhere is refused"


def names_that_lead_out(place: Path, bench: Any) -> str:
    home = repository(place)
    blob = git(home, "rev-parse", "HEAD:noising.py")
    names = (
        b"..",
        b".git",
        b"../../slip.py",
        b"/etc/slip.py",
        b"c:\\slip.py",
        b"noising.py",
        b"x\n.py",
        b"x\xff.py",
    )
    entries = sorted(("100644", name, blob) for name in names)
    git(home, "update-ref", "HEAD", commit_tree(home, entries))
    only_noising(taken(place))
    need(not list(place.rglob("slip.py")), "a file was written outside")
    return "names are looked at, nothing is unpacked"


def case_collision(place: Path, bench: Any) -> str:
    home = repository(place)
    good = git(home, "rev-parse", "HEAD:noising.py")
    evil = git(home, "hash-object", "-w", "--stdin", stdin=b"evil")
    entries = [
        ("100644", b"Noising.py", evil),
        ("100644", b"NOISING.PY", evil),
        ("100644", b"noising.py", good),
    ]
    git(home, "update-ref", "HEAD", commit_tree(home, sorted(entries, key=lambda entry: entry[1])))
    need(taken(place).files == HONEST, "the twin was taken")
    return "a twin in other case is left out"


def twice_the_same_name(place: Path, bench: Any) -> str:
    home = repository(place)
    good = git(home, "rev-parse", "HEAD:noising.py")
    evil = git(home, "hash-object", "-w", "--stdin", stdin=b"evil")
    git(
        home,
        "update-ref",
        "HEAD",
        commit_tree(home, [("100644", b"noising.py", good), ("100644", b"noising.py", evil)]),
    )
    need(not taken(place).files, "one of two files of the same name was graded")
    return "a name that is there twice is left out"


def replaced_object(place: Path, bench: Any) -> str:
    home = repository(place)
    good = git(home, "rev-parse", "HEAD:noising.py")
    evil = git(home, "hash-object", "-w", "--stdin", stdin=b"evil")
    git(home, "replace", good, evil)
    need(taken(place).files == HONEST, "the replacement was graded")
    return "replaced objects take no part"


def lying_object(place: Path, bench: Any) -> str:
    home = repository(place)
    good = git(home, "rev-parse", "HEAD:noising.py")
    write_object(home / ".git", b"blob", b"evil = 1\n", good)
    need(not taken(place).files, "content that does not hash to its name was graded")
    return "every object is hashed again"


def tree_bomb(place: Path, bench: Any) -> str:
    home = repository(place)
    blob, tree = git(home, "rev-parse", "HEAD:noising.py"), ""
    for _ in range(12):
        names = [f"d{n:02}".encode() for n in range(10)]
        entries = (
            [("40000", name, tree) for name in names] if tree else [("100644", name, blob) for name in names]
        )
        data = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(id) for mode, name, id in entries)
        tree = write_object(home / ".git", b"tree", data)
    git(
        home,
        "update-ref",
        "HEAD",
        commit_tree(home, [("100644", b"noising.py", blob), ("40000", b"zz", tree)]),
    )
    need(taken(place).files == HONEST, "the bomb hid the file to hand in")
    return "a listing is cut"


def slip(place: Path, bench: Any) -> str:
    zipped(place, {**HONEST, "../../slip.py": b"s", "/etc/slip.py": b"s", "C:\\slip.py": b"s"})
    only_noising(taken(place))
    need(not list(place.rglob("slip.py")), "a file was written outside")
    return "a zip is read without unpacking"


def zip_bomb(place: Path, bench: Any) -> str:
    path = zipped(place, {"noising.py": b"x = 1\n", "big.py": b""})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (600_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    one = taken(place)
    need(not one.files, "the bomb was opened")
    return "declared sizes are looked at first"


def lying_zip(place: Path, bench: Any) -> str:
    path = zipped(place, {"noising.py": b"x = 1\n" * 200_000})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.find(mark)
        data[at + offset : at + offset + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    need(not taken(place).files, "content beyond its declared size was taken")
    return "content is cut at its declared size"


def lfs_pointer(place: Path, bench: Any) -> str:
    eve(place, {"noising.py": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"})
    need(not taken(place).files, "a pointer was graded")
    return "LFS is not fetched"


def crowd(place: Path, bench: Any) -> str:
    eve(place, {**HONEST, **{f"m{n:04}.py": b"" for n in range(3000)}})
    need(len(taken(place).files) <= ALLOW.max_files, "too many were taken")
    return "only so many files are looked at"


# ---- 62, 63: time
def backdated(place: Path, bench: Any) -> str:
    home = repository(place)
    early = {"GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z"}
    subprocess.run(["git", "-c", "user.name=e", "-c", "user.email=e", "commit", "-q", "--amend", "--no-edit"], cwd=home,
                   env=os.environ | early, check=True)  # fmt: skip
    table = (
        write(
            place,
            {
                "received.csv": b"student,received_at\neve,2026-02-01T00:00:00Z\n"
                b"zz-honest,2026-01-01T00:00:00Z\n"
            },
        )
        / "received.csv"
    )
    need(taken(place, received=table, due=DUE).late, "an old date of the commit made it early")
    return "the server's record decides"


def no_record(place: Path, bench: Any) -> str:
    repository(place)
    table = (
        write(place, {"received.csv": b"student,received_at\nzz-honest,2026-01-01T00:00:00Z\n"})
        / "received.csv"
    )
    one = taken(place, received=table, due=DUE)
    need(
        one.received_at == "" and "nobody knows if it was late" in " ".join(one.remarks), "a time was made up"
    )
    return "no record: nothing is claimed, and it is told"


def backdated_zip(place: Path, bench: Any) -> str:
    path = zipped(place, HONEST)
    os.utime(path, (0, 0))
    table = (
        write(
            place,
            {
                "received.csv": b"student,received_at\neve,2026-01-31T12:00:01Z\n"
                b"zz-honest,2026-01-01T00:00:00Z\n"
            },
        )
        / "received.csv"
    )
    need(taken(place, received=table, due=DUE).late, "an old date of the file made it early")
    return "the server's record decides, to the second"


def forced_push(place: Path, bench: Any) -> str:
    home = repository(place)
    handed_in = git(home, "rev-parse", "HEAD")
    (home / "noising.py").write_bytes(b"x = 'after the deadline'\n")
    git(home, "commit", "-qam", "later", "--amend")
    git(home, "tag", "-f", "final")
    table = (
        write(
            place,
            {
                "received.csv": f"student,received_at,commit\neve,2026-01-01T00:00:00Z,{handed_in}\n"
                "zz-honest,2026-01-01T00:00:00Z,\n".encode()
            },
        )
        / "received.csv"
    )
    one = taken(place, received=table, due=DUE)
    need(one.files == HONEST and one.commit == handed_in, "what came after the deadline was graded")
    return "graded is the commit that the server recorded"


def lost_commit(place: Path, bench: Any) -> str:
    repository(place)
    table = (
        write(
            place,
            {
                "received.csv": f"student,received_at,commit\neve,2026-01-01T00:00:00Z,{'a' * 40}\n"
                "zz-honest,2026-01-01T00:00:00Z,\n".encode()
            },
        )
        / "received.csv"
    )
    one = taken(place, received=table, due=DUE)
    need(not one.files and "does not hold the commit" in one.problem, "another commit was graded instead")
    return "a recorded commit that is gone is a problem, never replaced"


def linked_head(place: Path, bench: Any) -> str:
    home = repository(place)
    write(place, {"elsewhere": b"0" * 40})
    (home / ".git/HEAD").unlink()
    (home / ".git/HEAD").symlink_to(place / "elsewhere")
    need(not taken(place).files, "a link decided what is graded")
    return "references are plain files, or refused"


def attack(
    number: int, title: str, *acts: tuple[str, Callable[[Path, Any], str]], surface: Surface = "collector"
) -> Attack:
    return Attack(number, title, surface, tuple(Act(name, act) for name, act in acts))


ATTACKS = (
    attack(
        4,
        "rewrite outcomes by a pytest hook",
        ("hand in conftest.py", left_out("conftest.py", "tests/conftest.py")),
        ("hand in settings", left_out("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml")),
    ),
    attack(
        13,
        "a forged result in the repository",
        ("result.json", left_out("result.json", "results/eve.json", "scores.json")),
        ("a tag with other work", forged_release),
    ),
    attack(
        14,
        "edit what grades",
        ("a workflow", left_out(".github/workflows/classroom.yml", ".github/classroom/autograding.json")),
        ("the checks and plays", edited_checks),
        ("points and limits", left_out("assignment.toml", "course.toml")),
    ),
    attack(
        17,
        "replay a result",
        ("another student's", replayed_result),
        ("an earlier one", earlier_result),
        ("one of another course key", result_of_another_key),
    ),
    attack(
        27,
        "answers in what is released",
        ("copied into common/", leaked("common/noise.py", str.encode)),
        ("in a notebook's output", leaked("assignments/a99_example/lab.ipynb", in_notebook)),
        ("as bytecode", leaked("common/__pycache__/noise.cpython-311.pyc", as_bytecode)),
        (
            "under other names",
            leaked(
                "common/noise.py",
                lambda s: (
                    s.replace("variance", "v").replace("mean =", "m =").replace("- mean)", "- m)").encode()
                ),
            ),
        ),
    ),
    attack(
        33,
        "shadow a module of the grader",
        ("libraries", left_out("torch.py", "numpy.py", "pytest.py", "msgspec.py", "Torch.py")),
        (
            "the grader and the tests",
            left_out("autograder.py", "common.py", "tests.py", "hidden.py", "tests/__init__.py"),
        ),
        ("the package itself", left_out("sub/__init__.py", "__main__.py")),
    ),
    attack(
        34,
        "run at the interpreter's start",
        ("hand in sitecustomize.py", left_out("sitecustomize.py", "usercustomize.py")),
        ("hand in a .pth file", left_out("evil.pth")),
        ("the package's __init__", edited_checks),
    ),
    attack(
        37,
        "prebuilt answers",
        ("extensions", left_out("noising.so", "noising.cpython-311-x86_64-linux-gnu.so", "d.pyd", "n.dylib")),
        ("bytecode", left_out("__pycache__/noising.cpython-311.pyc", "answers.pyc", "x.pyo")),
        ("weights", left_out("weights.pt", "answers.npz", "x.pkl", "m.safetensors")),
        ("bytecode under the right name", not_source(b"\xa7\r\r\n" + bytes(12) + b"\xe3\0\0")),
        ("a whole wheel", left_out("x.whl", "x.egg")),
    ),
    attack(
        46,
        "source that hangs or breaks the reader",
        ("NUL bytes, handed in", not_source(b"x = 1\0\n")),
        ("another encoding", for_python_to_read(b"x = '\xe9'\n")),
        ("an encoding that takes long", for_python_to_read(b"# coding: punycode\n" + b"x" * 900_000)),
        ("two-byte characters", not_source("x = 1\n".encode("utf-16"))),
        ("two million bytes", not_source(b"#" * 2_000_000)),
    ),
    attack(
        55,
        "have a package installed",
        ("requirements.txt", left_out("requirements.txt", "environment.yml")),
        ("setup.py", left_out("setup.py")),
        ("a build of the student's own", left_out("pyproject.toml", "hatch_build.py/x.py")),
    ),
    attack(
        60,
        "links and special files",
        ("a link to a file", link_to_a_secret),
        ("a link to a folder", linked_folder),
        ("a link to another student", linked_entry),
        ("pipes", special_files),
        ("a socket", a_socket),
        ("a device", a_device),
        ("a link in a zip", zip_link),
        ("a link in a commit", git_link),
    ),
    attack(
        61,
        "tricks of git and zip",
        ("a submodule", submodule),
        ("hooks, filters, fsmonitor", commands),
        ("alternates", borrowed),
        ("a worktree", a_worktree),
        ("names that lead out", names_that_lead_out),
        ("names that differ in case", case_collision),
        ("one name twice", twice_the_same_name),
        ("replaced objects", replaced_object),
        ("an object that lies", lying_object),
        ("a tree bomb", tree_bomb),
        ("zip slip", slip),
        ("a zip bomb", zip_bomb),
        ("a zip that lies", lying_zip),
        ("an LFS pointer", lfs_pointer),
        ("three thousand files", crowd),
    ),
    attack(
        62,
        "dates of one's own",
        ("a commit of long ago", backdated),
        ("no record at all", no_record),
        ("a zip of long ago", backdated_zip),
    ),
    attack(
        63,
        "push by force after the deadline",
        ("amend", forced_push),
        ("drop the commit", lost_commit),
        ("a link for HEAD", linked_head),
    ),
    attack(
        88,
        "answers in what stands beside every assignment",
        ("a line of the engine", leaked("autograder/labs/maskjudge.py", str.encode)),
        ("a line of common/", leaked("common/labs/masks.py", in_a_function)),
    ),
)
