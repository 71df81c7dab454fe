"""A student's own run: what is shown after each change to the released files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.practice import Practice
from autograder.records import Verdict
from autograder.release import release


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
    return {one.task.id: one.first_problem.verdict if one.first_problem else Verdict.PASS for one in run}


def test_the_released_files_are_not_implemented(practice):
    assert states(practice) == dict.fromkeys(("standardise", "interpolate"), Verdict.NOT_IMPLEMENTED)
    assert all(one.hidden > 0 for one in practice.run())


def test_a_change_is_seen_at_once(practice, file, example):
    shutil.copy(example.folder / "noising.py", file)
    assert set(states(practice).values()) == {Verdict.PASS}
    file.write_text(file.read_text().replace("correction=0", "correction=1"))
    assert states(practice)["standardise"] is Verdict.FAIL


def test_a_known_mistake_is_named_without_its_code(practice, file, example):
    file.write_text((example.folder / "noising.py").read_text().replace("correction=0", "correction=1"))
    problem = practice.run({"standardise"})[0].first_problem
    assert "the variance divides by b - 1" in problem.diagnosis
    assert problem.read == "Convention of task 1.1"
    assert "torch.sqrt" not in (practice.assignment.folder / "checks.json").read_text()


def test_one_task_runs_alone(practice):
    assert states(practice, {"interpolate"}) == {"interpolate": Verdict.NOT_IMPLEMENTED}


def test_a_saved_file_concerns_its_tasks_and_a_helper_concerns_all(practice):
    assert practice.concerned({"noising.py"}) == {"standardise", "interpolate"}
    assert practice.concerned({"mine.py"}) == {"standardise", "interpolate"}


def test_a_syntax_error_fails_the_checks_and_not_the_run(practice, file):
    file.write_text("def standardise(:\n")
    assert set(states(practice).values()) == {Verdict.FAIL}
