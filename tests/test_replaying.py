"""Replaying one check: what a TA is told when the result or the ground that it stands on is not as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.judging.grading import conclude
from autograder.pipeline import collect_class
from autograder.replaying import replay
from autograder.results.key import inputs_digest, parts_of, result_key
from autograder.results.store import stamped, write_result
from autograder.seeds import Seed
from autograder.spec import Assignment

CHECK = "test_standardise_of_four_numbers"


@pytest.fixture
def folder(tmp_path: Path, answers: dict[str, bytes]) -> Path:
    """A class of one, Ada, and a folder for her result."""
    (tmp_path / "submissions" / "ada").mkdir(parents=True)
    (tmp_path / "submissions" / "ada" / "noising.py").write_bytes(answers["noising.py"])
    (tmp_path / "results" / "a99_example").mkdir(parents=True)
    return tmp_path


def replayed(root: Path, example: Assignment, folder: Path) -> str:
    return replay(root, example, "ada", CHECK, folder / "submissions", folder / "results", None, None)


def test_a_broken_result_file_is_named_with_a_next_step(course_root, example, folder):
    (folder / "results" / "a99_example" / "ada.json").write_text("{")
    with pytest.raises(UserError, match=r"ada\.json: not a result file: .*; grade this student again"):
        replayed(course_root, example, folder)


def test_a_slip_in_a_students_name_is_told(course_root, example, folder):
    (folder / "results" / "a99_example" / "Ada-1.json").touch()
    with pytest.raises(UserError, match=r"ada\.json: no such result; did you mean 'Ada-1'\?$"):
        replayed(course_root, example, folder)
    (folder / "results" / "a99_example" / "Ada-1.json").unlink()
    with pytest.raises(UserError, match=r"ada\.json: no such result; grade the class first$"):
        replayed(course_root, example, folder)


@pytest.mark.parametrize("changed", [False, True])
def test_what_changed_since_grading_is_told(course_root, example, folder, changed):
    (ada,) = collect_class(course_root, example, folder / "submissions", None, None)
    key = "another" if changed else result_key(ada, inputs_digest(parts_of(example)), Seed(1), "full")
    result = conclude(example, ada, Seed(1), (), (), 0.0)
    write_result(stamped(result, key, "full", {}), folder / "results" / "a99_example")
    said = replayed(course_root, example, folder)
    assert "PASS" in said
    assert said.startswith("note: checks, engine, libraries or what was received changed") is changed
