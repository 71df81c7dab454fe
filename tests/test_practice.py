"""A student's own run: what is shown after each change to the released files."""

from __future__ import annotations

import io
import shutil
import signal
from pathlib import Path

import pytest
from rich.console import Console

from autograder import practice as practising
from autograder.authoring.release import release
from autograder.calls import intime
from autograder.practice import Practice
from autograder.records import CheckResult, Verdict, Visibility
from autograder.show import console
from autograder.show.tables import practice_table


@pytest.fixture(scope="module")
def practice(course_root, example):
    release(example, course_root, course_root / "assignments")
    with Practice(course_root / "assignments" / example.name) as practice:
        yield practice


@pytest.fixture
def file(practice) -> Path:
    """The student's file, as released again after each test."""
    path = practice.assignment.folder / "noising.py"
    kept = path.read_bytes()
    yield path
    path.write_bytes(kept)


def states(practice: Practice, tasks: set[str] | None = None) -> dict[str, Verdict]:
    run = practice.run(tasks)
    return {one.task.id: one.problems[0].verdict if one.problems else Verdict.PASS for one in run}


def test_the_released_files_are_not_implemented(practice):
    assert states(practice) == dict.fromkeys(("standardise", "interpolate"), Verdict.NOT_IMPLEMENTED)
    assert all(one.hidden > 0 for one in practice.run())


def test_each_task_is_told_as_soon_as_it_is_done(practice):
    told: list[list[str]] = []
    run = practice.run(so_far=lambda done: told.append([one.task.id for one in done]))
    assert told == [["standardise"], [one.task.id for one in run]]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_known_so_far_is_shown_on_a_terminal_alone(monkeypatch, terminal):
    screen = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    monkeypatch.setattr(console, "out", screen)
    with console.growing(quiet=False) as grow:
        grow("one task")
    assert ("one task" in screen.file.getvalue()) is terminal


def test_a_change_is_seen_at_once(practice, file, example):
    shutil.copy(example.folder / "noising.py", file)
    assert set(states(practice).values()) == {Verdict.PASS}
    file.write_text(file.read_text().replace("correction=0", "correction=1"))
    assert states(practice)["standardise"] is Verdict.FAIL


def test_a_known_mistake_is_named_without_its_code(practice, file, example):
    file.write_text((example.folder / "noising.py").read_text().replace("correction=0", "correction=1"))
    problem = practice.run({"standardise"})[0].problems[0]
    assert "the variance divides by b - 1" in problem.diagnosis
    assert problem.read == "Convention of task 1.1"
    assert "torch.sqrt" not in (practice.assignment.folder / "checks.json").read_text()


def test_two_slips_have_their_sentence_and_their_hint_each(practice, file, example):
    text = (example.folder / "noising.py").read_text().replace("correction=0", "correction=1")
    file.write_text(text.replace("raise ValueError", "print"))
    one, other = practice.run()
    assert "the variance divides by b - 1" in one.problems[0].diagnosis
    (check,) = (check for check in other.problems if "nothing was raised" in check.message)
    assert "expected ValueError from interpolate(" in check.message


def test_what_is_shown_says_how_many_more_checks_fail(practice, file, example):
    file.write_text("def standardise(x, delta=0.0):\n    return x\n")
    console = Console(width=60, record=True, file=io.StringIO())
    tasks = practice.run({"standardise"})
    for line in practice_table(practice.assignment, tasks, details=False):
        console.print(line)
    shown = console.export_text()
    more = len(tasks[0].problems) - 1
    assert f"{more} more check{'s' * (more > 1)} fail{'s' * (more == 1)}: autograder check" in shown
    assert all(line.startswith(("  ", "task", "\n")) or not line for line in shown.splitlines()[4:])


def test_a_crash_that_comes_again_is_told_once(practice, file, example):
    file.write_text("def standardise(x, delta=0.0):\n    return x.nothing()\n")
    console = Console(width=200, record=True, file=io.StringIO())
    for line in practice_table(practice.assignment, practice.run({"standardise"}), details=True):
        console.print(line)
    shown = console.export_text()
    assert shown.count("x.nothing()") == 1
    assert "as above" in shown


def test_one_task_runs_alone(practice):
    assert states(practice, {"interpolate"}) == {"interpolate": Verdict.NOT_IMPLEMENTED}


def test_a_saved_file_concerns_its_tasks_and_a_helper_concerns_all(practice):
    assert practice.concerned({"noising.py"}) == {"standardise", "interpolate"}
    assert practice.concerned({"mine.py"}) == {"standardise", "interpolate"}


CATCHES = """\
def standardise(x, delta=0.0):
    caught = 0
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            caught += 1
            if caught == 3:
                raise
"""


@pytest.fixture(params=["default_int_handler", "SIG_IGN"])
def interrupts(request):
    """Interrupts as in a shell, and as in its background, where they are ignored."""
    before = signal.signal(signal.SIGINT, getattr(signal, request.param))
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_a_loop_without_end_is_ended_once(practice, file, monkeypatch):
    monkeypatch.setattr(intime, "PATIENCE_S", 0.5)
    file.write_text("def standardise(x, delta=0.0):\n    while True:\n        pass\n")
    (one,) = practice.run({"standardise"})
    messages = [check.message for check in one.problems]
    assert {check.verdict for check in one.problems} == {Verdict.TIMEOUT}
    assert messages.count("noising.standardise did not end within 0.5 s of computing") == 1
    assert "not run: noising.standardise did not end before" in messages


def test_a_loop_that_loses_an_interrupt_is_ended_by_the_next(practice, file, monkeypatch):
    monkeypatch.setattr(intime, "PATIENCE_S", 0.5)
    file.write_text(CATCHES)
    (one,) = practice.run({"standardise"})
    assert {check.verdict for check in one.problems} == {Verdict.TIMEOUT}


def test_what_is_wrong_is_told_before_what_is_slow(practice):
    verdicts = (Verdict.SLOW, Verdict.FAIL, Verdict.PASS)
    slow, wrong, passed = (CheckResult(verdict, "", Visibility.PUBLIC, verdict) for verdict in verdicts)
    one = practising.Practised(practice.assignment.tasks[0], (slow, passed, wrong), 0)
    assert one.problems == [wrong, slow]


def test_a_syntax_error_fails_the_checks_and_not_the_run(practice, file):
    file.write_text("def standardise(:\n")
    assert set(states(practice).values()) == {Verdict.FAIL}
