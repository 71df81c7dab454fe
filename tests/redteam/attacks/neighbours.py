"""What one hand-in can try on the rest of its class: stop its collecting, or take what is another's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.intake import collect as collecting
from autograder.intake.collect import collect
from autograder.judging.patience import Patience
from autograder.records import Verdict, Visibility
from autograder.redteam.attack import Act, Attack, Code

from ..bench import SEED
from .handins import ALLOW, HONEST, eve, git_is_there, need, repository, taken, write


def deepen(folder: Path, levels: int, name: str = "a") -> None:
    """Make folders in folders, deeper than a path can say."""
    folder.mkdir(parents=True, exist_ok=True)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=here)
        here, above = os.open(name, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)


def refused(place: Path, **tables: Any) -> str:
    """Collect the class, of which the attacker's entry must be refused in a sentence; then make room."""
    one = taken(place, **tables)
    need(bool(one.problem) and not one.files, "it was read")
    need(not one.error, f"an error that nobody expected: {one.error[-200:]}")
    subprocess.run(["rm", "-rf", "--", place / "in" / "eve"], check=True)  # too deep for Python's own walks
    return "an entry's trouble is its own"


# ---- 81: stop the class
def deep_branches(levels: int) -> Callable[[Path, Any], str]:
    def act(place: Path, bench: Any) -> str:
        home = repository(place)
        (home / ".git/refs/heads/main").unlink()
        deepen(home / ".git/refs/heads", levels)
        return refused(place)

    return act


def mirrored(place: Path, bench: Any) -> str:
    """Push a branch of many levels and delete main, as seen by staff's mirror clone, which fetches it."""
    with git_is_there():
        repository(place).rename(place / "pushed")
    work, branch = place / "pushed", "/".join("a" * 500)
    mirror = place / "in" / "eve"
    _git(place, "clone", "-q", "--mirror", str(work), str(mirror))
    (work / ".git/packed-refs").write_text(f"{_git(work, 'rev-parse', 'HEAD')} refs/heads/{branch}\n")
    (work / ".git/refs/heads/main").unlink()
    _git(mirror, "fetch", "-q", "--prune")
    need((mirror / "refs/heads/a/a/a").is_dir(), "dud: the fetch made no folders")
    return refused(place)


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def many_branches(place: Path, bench: Any) -> str:
    home = repository(place)
    (home / ".git/HEAD").write_text("ref: refs/heads/none\n")
    for n in range(3000):
        (home / f".git/refs/heads/b{n}").write_text("0" * 40)
    return refused(place)


def circular_branches(place: Path, bench: Any) -> str:
    home = repository(place)
    (home / ".git/HEAD").write_text("ref: refs/heads/b\n")
    (home / ".git/refs/heads/b").write_text("ref: refs/heads/b\n")
    return refused(place)


def link_to_itself(place: Path, bench: Any) -> str:
    (place / "in").mkdir()
    (place / "in" / "eve").symlink_to("eve")
    return refused(place)


def links_in_a_circle(place: Path, bench: Any) -> str:
    """With tables in the same folder, from which entries must be told apart."""
    (place / "in").mkdir()
    (place / "in" / "eve").symlink_to(".eve")
    (place / "in" / ".eve").symlink_to("eve")
    roster = write(place / "in", {"roster.csv": b"github_username\neve\nzz-honest\n"}) / "roster.csv"
    return refused(place, roster=roster)


def deep_objects(place: Path, bench: Any) -> str:
    deepen(repository(place) / ".git/objects/ff", 3000)
    return refused(place)


def deep_folders(place: Path, bench: Any) -> str:
    """Plain folders may be as deep as they like: what lies at their top is taken."""
    deepen(eve(place, HONEST) / "zz", 3000)
    need(taken(place).files == HONEST, "the file to hand in was lost")
    subprocess.run(["rm", "-rf", "--", place / "in" / "eve"], check=True)
    return "folders are walked level by level"


def pipe_for_a_branch(place: Path, bench: Any) -> str:
    home = repository(place)
    (home / ".git/refs/heads/main").unlink()
    os.mkfifo(home / ".git/refs/heads/main")
    return refused(place)


def unexpected(error: type[Exception]) -> Callable[[Path, Any], str]:
    """Have reading one entry fail in a way that nobody thought of."""

    def act(place: Path, bench: Any) -> str:
        eve(place, HONEST)
        read = collecting.read_entry

        def failing(entry: Path, *rest: Any) -> Any:
            if entry.name == "eve":
                raise error("boom")
            return read(entry, *rest)

        collecting.read_entry = failing
        try:
            one = taken(place)
        finally:
            collecting.read_entry = read
        need(bool(one.problem) and not one.files, "it was read")
        need("boom" in one.error and "boom" not in one.problem, "staff is not told, or the student is")
        return "any exception is the entry's problem"

    return act


# ---- 82: a user name for another's repository
def named_like(user: str, entry: str = "dm-a99-example-ada", label: str = "") -> Callable[[Path, Any], str]:
    """Be in the class under a user name that could be read out of Ada's repository's; she must be graded."""

    def act(place: Path, bench: Any) -> str:
        mine = f"dm-{label or 'a99-example'}-{user}"
        write(place / "in" / entry, HONEST)
        write(place / "in" / mine, {"noising.py": b"evil = 1\n"})
        table = write(place, {"roster.csv": f"github_username\nada\n{user}\n".encode()}) / "roster.csv"
        found = {
            one.student: one
            for one in collect(place / "in", replace(ALLOW, label=label), table, classroom="dm")
        }
        need(found["ada"].files == HONEST, f"Ada is held back: {found['ada'].problem}")
        need(found[user].files == {"noising.py": b"evil = 1\n"}, f"another's work: {found[user].problem}")
        return "what release's naming makes has one reading"

    return act


# ---- 83: keep the judge
def kept_busy(body: str) -> Callable[[Path, Any], str]:
    """Use as much time as each call may, with a budget of half a second for the whole submission."""

    def act(place: Path, bench: Any) -> str:
        source = bench.files(Code("keep", body, ""))
        before = bench.judge.setting
        bench.judge.setting = replace(before, patience=Patience(lambda: 0.0, least_s=0.5))
        try:
            judged = bench.judge.judge(source, SEED)
        finally:
            bench.judge.setting = before
        last = [one.outcome for one in judged if one.check.visibility is Visibility.HIDDEN][-1]
        need(last.verdict is Verdict.TIMEOUT and last.message.startswith("not run"), f"all was run: {last}")
        need(last.hint == "" and not last.doubtful, "it would be tried once more")
        need(bench.honest_is_unchanged(), "the next submission pays for it")
        return "a budget for each submission"

    return act


def patient_with_a_slow_machine(place: Path, bench: Any) -> str:
    """The same work where the reference is as slow: everything is run."""
    source = bench.files(Code("keep", "time.sleep(0.4)\nreturn x", ""))
    before = bench.judge.setting
    bench.judge.setting = replace(before, patience=Patience(lambda: 100.0, least_s=0.5))
    try:
        judged = bench.judge.judge(source, SEED)
    finally:
        bench.judge.setting = before
    need(not any(one.outcome.verdict is Verdict.TIMEOUT for one in judged), "a slow machine costs points")
    return "the budget grows with the reference's time"


ATTACKS = (
    Attack(
        81,
        "a hand-in that stops the class",
        "collector",
        (
            Act("a thousand folders of branches", deep_branches(1000)),
            Act("a few more than are walked", deep_branches(21)),
            Act("a deep branch in a mirror that is fetched", mirrored),
            Act("three thousand branches", many_branches),
            Act("a branch that names itself", circular_branches),
            Act("a pipe for a branch", pipe_for_a_branch),
            Act("a link to itself", link_to_itself),
            Act("links in a circle, beside a roster", links_in_a_circle),
            Act("three thousand folders of objects", deep_objects),
            Act("three thousand folders beside the work", deep_folders),
            *(
                Act(f"a {error.__name__}", unexpected(error))
                for error in (RecursionError, MemoryError, KeyError)
            ),
        ),
    ),
    Attack(
        82,
        "a user name that claims another's repository",
        "collector",
        (
            Act("the second half of the label", named_like("example-ada")),
            Act("the label itself", named_like("a99-example-ada")),
            Act("the whole repository", named_like("dm-a99-example-ada")),
            Act("with an underscore", named_like("example-ada", "dm-a99_example-ada")),
            Act("in other case", named_like("Example-Ada", "DM-A99-Example-Ada")),
            Act("where labels are short", named_like("example-ada", "dm-a99-ada", "a99")),
            Act("the whole of a short one", named_like("dm-a99-ada", "dm-a99-ada", "a99")),
        ),
    ),
    Attack(
        83,
        "keep the judge as long as calls allow",
        "worker",
        (
            Act("sleep in each call", kept_busy("time.sleep(0.4)\nreturn x")),
            Act(
                "compute in each call",
                kept_busy("until = time.time() + 0.4\nwhile time.time() < until:\n    pass\nreturn x"),
            ),
            Act("sleep, then raise", kept_busy("time.sleep(0.4)\nraise ValueError('late')")),
            Act("a machine that is slow itself", patient_with_a_slow_machine),
        ),
    ),
)
