"""A class on GitHub: template, repositories and what counts, against git and a server on loopback."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.course import load_course
from autograder.errors import UserError
from autograder.github import client
from autograder.github.client import Class, find_token, repositories
from autograder.github.opening import open_class
from autograder.github.pushed import KNOWN, PAGES, fetch_class
from autograder.intake.allowlist import AllowList
from autograder.intake.collect import collect
from autograder.intake.roster import RosterEntry
from autograder.loopback.organisation import TOKEN, Fault, Organisation, run_git
from autograder.spec import Assignment

from .students import ANSWER, AS, IN_TIME, LATE, LATER, push, start

ROOT = Path(cli.__file__).parents[2]
DUE = datetime.fromisoformat("2026-10-12T21:59:59+00:00")


def fetched(place: Class, folder: Path, due: datetime | None = DUE) -> list[str]:
    return fetch_class(place, repositories(place), folder, lambda repository: due, lambda: None)


def table(folder: Path) -> dict[str, tuple[str, str]]:
    lines = (folder / "received.csv").read_text().splitlines()[1:]
    return {name: (moment, commit) for name, moment, commit in (line.split(",") for line in lines)}


def test_everybody_gets_one_repository_and_is_invited(place: Class, hub: Organisation) -> None:
    hub.make("test-a99", is_template=True)
    push(hub, "test-a99", "template")
    class_of = [RosterEntry("ada"), RosterEntry("bob"), RosterEntry("nobody-knows-me")]
    first = open_class(place, [*class_of, RosterEntry("s7", linked=False)], lambda: None)
    assert (first.made, first.unknown, first.waiting) == (["ada", "bob"], ["nobody-knows-me"], ["ada", "bob"])
    assert first.unlinked == ["s7"]
    hub.members["test-a99-ada"].add("ada")
    second = open_class(place, [*class_of, RosterEntry("cem")], lambda: None)
    assert (second.made, second.had, second.waiting) == (["cem"], ["ada", "bob"], ["bob", "cem"])
    assert len([1 for method, path in hub.asked if path.endswith("/generate")]) == 3


def test_a_list_that_did_not_change_counts_no_request(
    place: Class, hub: Organisation, tmp_path: Path
) -> None:
    hub.facts = {f"test-a99-{n:03}": {"name": f"test-a99-{n:03}", "pushed_at": IN_TIME} for n in range(120)}
    first = repositories(place, tmp_path / PAGES)
    assert (len(first), hub.counted) == (120, 2)
    assert repositories(place, tmp_path / PAGES) == first
    assert hub.counted == 2
    hub.facts["test-a99-119"]["pushed_at"] = LATE
    second = repositories(place, tmp_path / PAGES)
    assert (hub.counted, second[:-1] == first[:-1], second[-1] == first[-1]) == (3, True, False)


def test_the_account_decides_who_is_invited(place: Class, hub: Organisation) -> None:
    hub.make("test-a99", is_template=True)
    push(hub, "test-a99", "template")
    hub.users |= {"ada-lovelace"}  # and "ada" is somebody else by now
    hub.accounts = {1815: "ada-lovelace"}
    opened = open_class(
        place, [RosterEntry("ada", github_id=1815), RosterEntry("bob", github_id=7)], lambda: None
    )
    assert (opened.made, opened.unknown, opened.renamed) == (["ada"], ["bob"], {"ada": "ada-lovelace"})
    assert [path for method, path in hub.asked if method == "PUT"] == [
        f"/repos/{hub.name}/test-a99-ada/collaborators/ada-lovelace"
    ]


def test_opening_goes_on_where_it_was_cut_off(place: Class, hub: Organisation) -> None:
    hub.make("test-a99", is_template=True)
    push(hub, "test-a99", "template")
    hub.faults = [("/collaborators/bob", Fault(422))]
    students = [RosterEntry("ada"), RosterEntry("bob"), RosterEntry("cem")]
    with pytest.raises(UserError, match=r"bob's repository test-a99-bob: GitHub answered 422"):
        open_class(place, students, lambda: None)
    opened = open_class(place, students, lambda: None)
    assert (opened.made, opened.waiting) == (["cem"], ["ada", "bob", "cem"])


def test_the_last_push_until_the_deadline_counts(place: Class, hub: Organisation, tmp_path: Path) -> None:
    start(hub, "ada", "bob", "cem", "dana")
    hub.make("test-a99-eve", pushed_at=None)  # empty
    hub.clock = IN_TIME
    ada, cem = push(hub, "test-a99-ada", "early"), push(hub, "test-a99-cem", "before the force push")
    hub.clock = LATER
    ada = push(hub, "test-a99-ada", "in the last second")
    hub.clock = LATE
    push(hub, "test-a99-ada", "too late")
    bob = push(hub, "test-a99-bob", "only late")
    push(hub, "test-a99-cem", "history rewritten", "--force", fresh=True)
    folder = tmp_path / "class"
    assert fetched(place, folder) == []
    assert table(folder) == {
        "test-a99-ada": (LATER, ada),
        "test-a99-bob": (LATE, bob),
        "test-a99-cem": (IN_TIME, cem),  # no branch holds it any longer
    }
    allowed = AllowList("a99_example", frozenset({ANSWER}))
    found = {one.student: one for one in collect(folder, allowed, None, folder / "received.csv", DUE, "test")}
    assert found["ada"].files[ANSWER] == b"# in the last second\n"
    assert (found["bob"].late, found["ada"].late) == (True, False)
    assert found["cem"].files[ANSWER] == b"# before the force push\n"
    assert [found[name].problem for name in ("ada", "bob", "cem")] == ["", "", ""]
    assert "has no commit" in found["eve"].problem
    assert "has no commit" in found["dana"].problem  # nothing but staff's own start


def add_large_file(hub: Organisation, repository: str, file: Path) -> None:
    """Push a commit with a file of 300 MB that nothing makes smaller."""
    with file.open("wb") as weights:
        weights.writelines(itertools.repeat(os.urandom(1 << 20), 300))
    bare, before = ("-C", str(hub.bare(repository))), hub.refs(repository)
    blob = run_git(*bare, "-c", "core.looseCompression=0", "hash-object", "-w", str(file))
    answer = run_git(*bare, "rev-parse", f"main:{ANSWER}")
    run_git(*bare, "update-index", "--add", "--cacheinfo", f"100644,{blob},{file.name}")
    run_git(*bare, "update-index", "--add", "--cacheinfo", f"100644,{answer},{ANSWER}")
    commit = run_git(*bare, *AS, "commit-tree", "-p", "main", "-m", "x", run_git(*bare, "write-tree"))
    run_git(*bare, "update-ref", "refs/heads/main", commit)
    hub.note(repository, before)


def test_large_files_submodules_and_lfs_are_neither_fetched_nor_in_the_way(
    place: Class, hub: Organisation, tmp_path: Path
) -> None:
    start(hub, "ada", "bob", "cem")
    hub.clock = IN_TIME
    for name in ("ada", "bob"):
        push(hub, f"test-a99-{name}", f"by {name}")
    add_large_file(hub, "test-a99-ada", tmp_path / "checkpoint.pt")
    desk = hub.home.parent / "work" / "test-a99-bob"
    run_git("update-index", "--add", "--cacheinfo", f"160000,{'b' * 40},vendor", cwd=desk)
    (desk / ".gitmodules").write_text('[submodule "vendor"]\n\tpath = vendor\n\turl = file:///etc\n')
    push(hub, "test-a99-bob", "by bob, with a submodule")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'c' * 64}\nsize 9"
    push(hub, "test-a99-cem", pointer, whole_text=True)
    folder = tmp_path / "class"
    assert fetched(place, folder) == []
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1 << 20
    allowed = AllowList("a99_example", frozenset({ANSWER}))
    found = {one.student: one for one in collect(folder, allowed, None, folder / "received.csv", DUE, "test")}
    assert found["ada"].files[ANSWER] == b"# by ada\n"
    assert found["bob"].files[ANSWER] == b"# by bob, with a submodule\n"
    assert any("LFS" in notice for notice in found["cem"].notices)


def test_a_second_run_asks_once_and_a_moved_deadline_asks_again(
    place: Class, hub: Organisation, tmp_path: Path
) -> None:
    start(hub, "ada", "bob")
    hub.clock = IN_TIME
    push(hub, "test-a99-ada", "early")
    hub.clock = LATE
    later, bob = push(hub, "test-a99-ada", "late"), push(hub, "test-a99-bob", "late")
    fetched(place, tmp_path / "class")
    hub.asked.clear()
    fetched(place, tmp_path / "class")
    assert [path.partition("?")[0] for _, path in hub.asked] == [f"/orgs/{hub.name}/repos"]
    fetched(place, tmp_path / "class", datetime.fromisoformat("2026-10-13T00:00:00+00:00"))
    assert table(tmp_path / "class") == {"test-a99-ada": (LATE, later), "test-a99-bob": (LATE, bob)}


def test_a_branch_that_was_deleted_and_pushed_again_counts(
    place: Class, hub: Organisation, tmp_path: Path
) -> None:
    start(hub, "ada")
    run_git("-C", str(hub.bare("test-a99-ada")), "update-ref", "-d", "refs/heads/main")
    hub.clock = IN_TIME
    again = push(hub, "test-a99-ada", "again")
    fetched(place, tmp_path / "class")
    assert table(tmp_path / "class") == {"test-a99-ada": (IN_TIME, again)}
    before, hub.clock = hub.refs("test-a99-ada"), LATE
    run_git("-C", str(hub.bare("test-a99-ada")), "update-ref", "-d", "refs/heads/main")
    hub.note("test-a99-ada", before)  # and is gone for good
    for folder in (tmp_path / "class", tmp_path / "afresh"):
        assert fetched(place, folder) == []
        assert table(folder) == {"test-a99-ada": (IN_TIME, again)}


def test_one_repository_that_fails_costs_nobody_else(place: Class, hub: Organisation, tmp_path: Path) -> None:
    start(hub, "ada", "bob")
    hub.clock = IN_TIME
    push(hub, "test-a99-ada", "a")
    bob = push(hub, "test-a99-bob", "b")
    hub.faults = [("test-a99-ada/activity", Fault(404))]
    (problem,) = fetched(place, tmp_path / "class")
    assert problem.startswith("test-a99-ada: the pushes to test-a99-ada: GitHub answered 404")
    assert table(tmp_path / "class") == {"test-a99-bob": (IN_TIME, bob)}
    assert fetched(place, tmp_path / "class") == []
    assert table(tmp_path / "class").keys() == {"test-a99-ada", "test-a99-bob"}


def test_short_limits_and_bad_gateways_are_waited_out(
    place: Class, hub: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    start(hub, "ada")
    hub.faults = [
        ("/orgs/", Fault(502)),
        ("/orgs/", Fault(403, {"Retry-After": "0", "X-RateLimit-Remaining": "5"})),
    ]
    assert [one.name for one in repositories(place)] == ["test-a99-ada"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}), "limit of requests"),
        (Fault(401), "the token is wrong or has expired"),
        (Fault(200, cut=True), "no answer from GitHub"),
    ],
)
def test_what_cannot_be_waited_out_is_a_sentence(
    place: Class, hub: Organisation, fault: Fault, says: str
) -> None:
    hub.faults = [("/orgs/", fault)] * 5
    with pytest.raises(UserError, match=says):
        repositories(place)


def test_an_answer_that_does_not_come_is_a_sentence(
    place: Class, hub: Organisation, example: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", 0.2)
    hub.faults = [("/orgs/", Fault(200, delay_s=2.0))]
    impatient = client.connect(load_course(tmp_path), example)
    with pytest.raises(UserError, match=r"of diffusion-course: no answer from GitHub \(RequestTimeout\)"):
        repositories(impatient)
    assert repositories(impatient) == []  # the next one comes


def test_many_repositories_and_pushes_come_in_pages(place: Class, hub: Organisation, tmp_path: Path) -> None:
    start(hub, "ada")
    hub.facts |= {f"other-{n:03}": {"name": f"other-{n:03}"} for n in range(120)}
    hub.clock = IN_TIME
    first = push(hub, "test-a99-ada", "in time")
    entry = hub.log["test-a99-ada"][0]
    hub.log["test-a99-ada"] = [{**entry, "timestamp": LATE, "after": "f" * 40} for _ in range(130)] + [entry]
    assert fetched(place, tmp_path / "class") == []
    assert table(tmp_path / "class") == {"test-a99-ada": (IN_TIME, first)}


def test_no_token_is_kept_or_shown(
    place: Class,
    hub: Organisation,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    words: list[str] = []  # what a list of processes shows
    run = subprocess.run

    def ran(command: list[str], **settings: Any) -> Any:
        words.extend(map(str, command))
        return run(command, **settings)

    monkeypatch.setattr(subprocess, "run", ran)
    start(hub, "ada", "bob")
    hub.clock = IN_TIME
    push(hub, "test-a99-ada", "a")
    push(hub, "test-a99-bob", "b")
    shutil.rmtree(hub.bare("test-a99-bob") / "objects")
    (problem,) = fetched(place, tmp_path / "class")
    kept = [path for path in (tmp_path / "class").rglob("*") if path.is_file()]
    written = "".join(path.read_bytes().decode("latin-1") for path in kept)
    secrets = (TOKEN, base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode())
    for shown in (written, problem, caplog.text, " ".join(words)):
        assert shown
        assert not [secret for secret in secrets if secret in shown]
    assert json.loads((tmp_path / "class" / KNOWN).read_text()).keys() == {"test-a99-ada"}


def test_a_token_file_that_others_may_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="no GitHub token: set GH_TOKEN"):
        find_token()
    path = tmp_path / ".config/autograder/github.token"
    path.parent.mkdir(parents=True)
    path.write_text("secret\n")
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        find_token()
    path.chmod(0o600)
    assert find_token() == "secret"


def test_the_commands_in_the_order_of_the_manual(
    hub: Organisation,
    place: Class,
    course_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "course"
    shutil.copytree(course_root, root)
    settings = (root / "course.toml").read_text()
    (root / "course.toml").write_text(
        settings + f'[github]\norganisation = "{hub.name}"\napi = "{hub.url}/api"\nweb = "{hub.url}"\n'
    )
    (root / "roster.csv").write_text("github_username\nada\nbob\n")
    monkeypatch.chdir(root)

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli.app, [*words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return " ".join(done.output.split())

    words = ("-m", "autograder", "release", "a99", "--github")
    release = [sys.executable, *words]  # a process of its own, for it imports the course's checks
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for what in ("one commit", "nothing changed"):
        said = subprocess.run(release, cwd=root, env=environment, capture_output=True, text=True, check=True)
        assert f"test-a99: {what}" in said.stdout
    assert run_git("-C", str(hub.bare("test-a99")), "rev-list", "--all", "--count") == "1"
    assert "2 repositories made" in run("classroom", "open", "a99", "--roster", "roster.csv")
    hub.clock = "2026-01-31T12:00:01Z"
    work = hub.home.parent / "work" / "test-a99-ada"
    url = hub.url.replace("//", "//ada:student@") + f"/{hub.name}/test-a99-ada.git"
    run_git("clone", "--quiet", url, str(work))
    (work / "assignments/a99_example/noising.py").write_text("# mine\n")
    run_git(*AS, "commit", "--quiet", "--all", "--message", "mine", cwd=work)
    run_git("push", "--quiet", "origin", "main", cwd=work)
    ada, bob = json.loads(run("collect", "a99", "class", "--roster", "roster.csv", "--github", "--json"))[
        "submissions"
    ]
    assert (ada["files"], ada["late"]) == (["noising.py"], True)
    assert "has no commit" in bob["problem"]
