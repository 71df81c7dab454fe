"""A late commit beside one in time, from the log of GitHub to what counts: both are graded, one counts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.github.client import Class
from autograder.loopback.organisation import Organisation, run_git
from autograder.records import Grade, Result, Run, TaskResult
from autograder.results.store import write_result

from .students import AS

NAME = "a99_example"
FILE = f"assignments/{NAME}/noising.py"


def pushed(hub: Organisation, student: str, at: str, content: str) -> str:
    """Push a student's file at a moment of the server's; return the commit."""
    hub.clock, work = at, hub.home.parent / "work" / student
    if not work.exists():
        hub.make(f"test-a99-{student}", pushed_at=at)
        run_git("init", "--quiet", "--initial-branch=main", str(work))
        (work / FILE).parent.mkdir(parents=True)
    (work / FILE).write_text(content)
    run_git("add", "--all", cwd=work)
    run_git(*AS, "commit", "--quiet", "--message", "mine", cwd=work)
    url = hub.url.replace("//", "//ada:student@") + f"/{hub.name}/test-a99-{student}.git"
    run_git("push", "--quiet", url, "HEAD:main", cwd=work)
    return run_git("rev-parse", "HEAD", cwd=work)


def stored(submission: dict[str, Any], points: dict[str, float]) -> None:
    """Write the result that grading a collected submission comes to, by its commit."""
    earned, said = points[submission["commit"]], ("student", "commit", "received_at", "late")
    task = TaskResult("all", "1.1", "All", 100.0, earned, ())
    known = {key: submission[key] for key in said}
    grade = Grade(
        name="",
        assignment=NAME,
        seed="",
        score=earned,
        max_score=100.0,
        withheld=False,
        tasks=(task,),
        **known,
    )
    Path("results", NAME).mkdir(parents=True, exist_ok=True)
    write_result(Result(grade, Run("full", "", "", 0.0, "")), Path("results", NAME))


def test_both_commits_are_graded_and_the_better_counts(
    hub: Organisation, place: Class, course_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "course"
    shutil.copytree(course_root, root)
    with (root / "course.toml").open("a") as settings:
        settings.write(f'[github]\norganisation = "{hub.name}"\napi = "{hub.url}/api"\nweb = "{hub.url}"\n')
    (root / "roster.csv").write_text("github_username\nada\nbob\n")
    monkeypatch.chdir(root)
    monkeypatch.delenv("AUTOGRADER_LEDGER", raising=False)

    def run(*words: str) -> dict[str, Any]:
        return json.loads(CliRunner().invoke(cli.app, [*words, "--json"]).stdout)

    for student in ("ada", "bob"):
        pushed(hub, student, "2026-01-01T00:00:00Z", "# staff's, as the template has it\n")
    adas = [pushed(hub, "ada", f"2026-01-30T12:00:0{second}Z", f"# {second}\n") for second in (1, 2)]
    adas.append(pushed(hub, "ada", "2026-02-01T12:00:00Z", "# right\n"))
    bobs = [pushed(hub, "bob", "2026-01-31T12:00:00Z", "# right\n")]
    bobs.append(pushed(hub, "bob", "2026-02-03T12:00:00Z", "# I changed my mind.\n"))
    points = {adas[1]: 40.0, adas[2]: 90.0, bobs[0]: 90.0, bobs[1]: 0.0}
    entered = []
    for latest in ([], ["--latest"], []):
        found = run("collect", "a99", "class", "--roster", "roster.csv", "--github", *latest)["submissions"]
        for one in found:
            stored(one, points)
        entered.append(run("ledger", "add")["assignments"][NAME])
    assert [one["entered"] for one in entered] == [2, 2, 0]
    assert [one["would_move"] for one in entered] == [[], [], []]
    events = run("ledger", "list")["events"]
    assert [(one["student"], one["commit"]) for one in events] == [
        ("ada", adas[1]), ("bob", bobs[0]), ("ada", adas[2]), ("bob", bobs[1])
    ]  # fmt: skip
    (ada,), (bob,) = (run("ledger", "why", who, "a99")["assignments"] for who in ("ada", "bob"))
    assert (ada["points"], ada["late_days"], ada["free_days"]) == (90, 1, 1)
    assert (bob["points"], bob["late_days"], bob["free_days"]) == (90, 0, 0)
    assert "the best of 2 submissions after lateness" in ada["steps"]
    assert ada["steps"][0].startswith(f"commit {adas[2][:14]}, received Sun 01 Feb 2026 12:00:00")
    # A table of one's own, with a line for each push, says the same of the same repositories.
    lines = [("ada", "2026-01-30T12:00:02Z", adas[1]), ("ada", "2026-02-01T12:00:00Z", adas[2])]
    lines += [("bob", "2026-01-31T12:00:00Z", bobs[0]), ("bob", "2026-02-03T12:00:00Z", bobs[1])]
    rows = [f"test-a99-{who},{moment},{commit}\n" for who, moment, commit in lines]
    (root / "class" / "received.csv").write_text("".join(["repository,received_at,commit\n", *rows]))
    for latest, wanted in (([], [adas[1], bobs[0]]), (["--latest"], [adas[2], bobs[1]])):
        own = ("--roster", "roster.csv", "--received", "class/received.csv")
        found = run("collect", "a99", "class", *own, *latest)["submissions"]
        assert [one["commit"] for one in found] == wanted
