"""Feedback in the pull request: harmless, by level, once, and continued after a kill."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from autograder.github import feedback
from autograder.github.client import Class
from autograder.github.comment import LONGEST, Level, block, comment_on, level_at
from autograder.loopback.organisation import Fault, Organisation
from autograder.pages.twinview import HEAD
from autograder.records import CheckResult, Grade, OnGpu, Result, Run, TaskResult, Verdict, Visibility
from autograder.spec import Assignment

from .students import IN_TIME, push, start

NOW = datetime(2026, 10, 13, tzinfo=UTC)
RUN = Run("full", "m", "", 0.0, "")
EVIL = "@everyone fixes #1 ![x](https://evil.invalid/x.png)\n```\n````\n</details> <img src=x> \x1b[0m\u202e"


def result(student: str, commit: str = "a" * 40, score: float = 1.0, message: str = EVIL) -> Result:
    checks = (
        CheckResult("a.py::a", "Seen", Visibility.PUBLIC, Verdict.FAIL, message=message, hint=message),
        CheckResult("t.py::test_b", "SECRET", Visibility.HIDDEN, Verdict.FAIL, message="SECRET"),
    )
    tasks = (TaskResult("q_sample", "1", "Noise", 2.0, score, checks),)
    grade = Grade(
        student, "", "a99_example", commit, IN_TIME, False, f"5eed{student}", score, 2.0, False, tasks,
        notices=(message,),
    )  # fmt: skip
    return Result(grade, RUN)


def outside_code(text: str) -> str:
    """Return what GitHub reads as Markdown: the text without its blocks of code, as CommonMark ends them."""
    kept, fence = [], ""
    for line in text.split("\n"):
        if fence:
            if line.strip() and set(line.strip()) == {"`"} and len(line.strip()) >= len(fence):
                fence = ""
        elif line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
        else:
            kept.append(line)
    assert not fence
    return "\n".join(kept)


@pytest.mark.parametrize("level", ["preview", "receipt", "published"])
def test_what_would_fail_on_a_gpu_is_told_of_public_checks_in_a_block_of_code(
    example: Assignment, level: Level
) -> None:
    told = {"a.py::a": OnGpu(True, (EVIL,)), "t.py::test_b": OnGpu(True, ("SECRET",))}
    text = comment_on(
        Result(result("ada", message="").grade, structs.replace(RUN, on_gpu=told)), example, level
    )
    assert ("1 @everyone fixes #1" in text) == (HEAD in text) == (level != "receipt")
    assert "@everyone" not in outside_code(text)
    assert "SECRET" not in text


@pytest.mark.parametrize("level", ["preview", "receipt", "published"])
def test_what_others_wrote_stands_in_blocks_of_code(example: Assignment, level: Level) -> None:
    text = comment_on(result("ada"), example, level)
    for dangerous in ("@everyone", "#1", "![x]", "<img", "evil"):
        assert dangerous not in outside_code(text)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "SECRET" not in text
    assert len(comment_on(result("ada", message="`" * 3000 + "x" * 100_000), example, level)) <= LONGEST
    assert ("evil" in text) == (level != "receipt")


def test_a_block_of_code_ends_where_we_end_it() -> None:
    for inside in ("", "`", "```", "a\n`````\nb", "~~~"):
        assert outside_code(f"before\n{block(inside)}\nafter") == "before\nafter"


def test_points_show_when_they_are_published(example: Assignment) -> None:
    due = NOW - timedelta(hours=1)
    assert level_at(due, due, None) == "preview"
    assert level_at(NOW, due, None) == level_at(NOW, None, None) == level_at(NOW, due, NOW) == "published"
    assert level_at(NOW, due, NOW + timedelta(seconds=1)) == "receipt"
    said = {level: comment_on(result("ada"), example, level) for level in ("preview", "receipt", "published")}
    assert ["1 of 2" in text for text in said.values()] == [False, False, True]
    assert ["hidden checks passed" in text for text in said.values()] == [False, False, True]


def give(
    place: Class,
    example: Assignment,
    folder: Path,
    *results: Result,
    level: Level = "published",
    now: datetime = NOW,
) -> feedback.Given:
    folder.mkdir(exist_ok=True)
    return feedback.give_feedback(place, results, example, folder, lambda who: level, now, lambda: None)


def test_one_comment_is_edited_in_place(
    place: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada", "bob")
    commit = push(hub, "test-a99-ada", "work")
    one, lone, stranger = result("ada", commit), result("bob", ""), result("cem")
    first = give(place, example, tmp_path / "r", one, lone, stranger)
    assert (first.written, first.nothing, first.problems) == (["ada"], ["bob", "cem"], [])
    hub.asked.clear()
    assert give(place, example, tmp_path / "r", one).unchanged == ["ada"]
    assert len(hub.asked) == 1
    give(place, example, tmp_path / "r", result("ada", commit, score=2.0))
    assert [method for method, _ in hub.asked] == ["GET", "GET", "PATCH"]
    (comment,) = hub.comments
    assert "2 of 2 points" in comment["body"]
    assert [one["ends"] for one in hub.pulls["test-a99-ada"]] == [{"base": "feedback", "head": "main"}]


def test_a_token_of_an_app_writes_one_check_run_for_each_commit(
    place: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada")
    commit, app = push(hub, "test-a99-ada", "work"), replace(place, token="ghs_of-an-app")
    give(app, example, tmp_path / "r", result("ada", commit))
    hub.checks.append({**hub.checks[0], "id": 7, "external_id": "a student's own"})
    give(app, example, tmp_path / "r", result("ada", commit, score=2.0))
    ours, other = hub.checks
    assert ours["head_sha"] == commit
    assert "2 of 2 points" in ours["output"]["summary"]
    assert "1 of 2 points" in other["output"]["summary"]


def test_a_run_that_was_killed_is_finished_and_nothing_is_there_twice(
    place: Class, hub: Organisation, example: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(hub, "ada")
    one, folder = result("ada", push(hub, "test-a99-ada", "work")), tmp_path / "r"
    for part in ("/git/refs", "/pulls", "/issues/1/comments"):
        hub.faults = [(part, Fault(200, cut=True))]  # the answer breaks off
        assert len(give(place, example, folder, one).problems) == 1

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(feedback, "write_whole", killed)  # the comment is there, and nothing was kept of it
        with pytest.raises(KeyboardInterrupt):
            give(place, example, folder, one)
    assert give(place, example, folder, one).written == ["ada"]
    assert (len(hub.comments), len(hub.pulls["test-a99-ada"])) == (1, 1)
    hub.comments.clear()  # somebody deleted it, and there are new points
    give(place, example, folder, result("ada", one.grade.commit, 0.5))
    assert (len(hub.comments), len(hub.pulls["test-a99-ada"])) == (1, 1)


def test_previews_have_a_budget_for_each_day(
    place: Class, hub: Organisation, example: Assignment, tmp_path: Path
) -> None:
    start(hub, "ada")
    commit = push(hub, "test-a99-ada", "work")
    tries = [result("ada", commit, message=f"try {n}") for n in range(place.hub.previews_a_day + 1)]
    for one in tries[:-1]:
        assert give(place, example, tmp_path / "r", one, level="preview").written == ["ada"]
    assert give(place, example, tmp_path / "r", tries[-1], level="preview").tomorrow == ["ada"]
    tomorrow = NOW + timedelta(days=1)
    assert give(place, example, tmp_path / "r", tries[-1], level="preview", now=tomorrow).written == ["ada"]
