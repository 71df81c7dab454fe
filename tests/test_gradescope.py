"""The zip that Gradescope takes, and the results.json that it reads, by its published rules."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from autograder.frontends.gradescope import main, results_json, student_of, write_gradescope
from autograder.keys import KEY_ENV
from autograder.pages.twinview import HEAD
from autograder.records import OnGpu, TaskResult
from tests.front_end_course import KEY, PARTIAL, POINTS, ROOT, course, hand_in
from tests.test_rows import FAIL, PASS, check, result

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}
TOP = {
    "score",
    "execution_time",
    "output",
    "output_format",
    "visibility",
    "stdout_visibility",
    "tests",
    "extra_data",
}
TEST = {
    "score",
    "max_score",
    "status",
    "name",
    "name_format",
    "number",
    "output",
    "output_format",
    "tags",
    "visibility",
}


def is_accepted(answer: dict[str, Any]) -> bool:
    """Check what the specification says; a test with points must not be hidden, for its total would show."""
    assert answer.keys() <= TOP
    assert answer.get("visibility", "visible") in VISIBILITIES
    assert "score" in answer or all("score" in test for test in answer["tests"])
    for test in answer["tests"]:
        assert test.keys() <= TEST
        assert isinstance(test["score"], int | float)
        assert test.get("visibility", "visible") in VISIBILITIES - {"hidden"}
        assert test.get("status", "passed") in ("passed", "failed")
        assert test.get("output_format", "text") in FORMATS
    return True


def test_what_would_fail_on_a_gpu_stands_below_the_score_of_public_checks_alone():
    task = TaskResult("t", "1.1", "T", 60.0, 60.0, (check(PASS), check(PASS, hidden=True)))
    found = result(task)
    public, hidden = task.checks[0].name, "hidden/b.py::test_b"
    checks = (task.checks[0], structs.replace(task.checks[1], name=hidden))
    grade = structs.replace(found.grade, tasks=(structs.replace(task, checks=checks),))
    told = {public: OnGpu(True, ("a.py, line 2: moved.",)), hidden: OnGpu(True, ("SECRET",))}
    answer = results_json(structs.replace(found, grade=grade, run=structs.replace(found.run, on_gpu=told)))
    assert is_accepted(answer)
    assert answer["output"].splitlines()[-2:] == [HEAD, "1.1 a.py, line 2: moved."]
    assert HEAD not in results_json(found)["output"]


def test_the_exact_score_stands_above_unrounded_tests():
    task = TaskResult("t", "1.1", "T", 60.0, 42.86, (*[check(PASS)] * 5, *[check(FAIL, hidden=True)] * 2))
    answer = results_json(result(task))
    assert is_accepted(answer)
    assert answer["score"] == 42.86
    assert sum(test["max_score"] for test in answer["tests"]) == 60.0
    assert [test["visibility"] for test in answer["tests"]] == ["visible"] * 5 + ["after_published"] * 2
    assert answer["tests"][0]["number"] == "1.1.1"
    assert answer["extra_data"] == {"level": "full", "tasks": {"t": 42.86}}


def test_a_withheld_result_has_no_score_and_says_who_looks():
    answer = results_json(result(withheld=True))
    assert is_accepted(answer)
    assert "score" not in answer
    assert "Staff will look" in answer["output"]


@pytest.mark.parametrize(
    ("metadata", "student", "told"),
    [
        ({"users": [{"email": "ADA@uni.edu"}]}, "ada", False),
        ({"users": [{"email": "eve@uni.edu"}, {"email": "ada@uni.edu"}]}, "eve-uni.edu", True),
        ({}, "somebody", True),
        ({"users": []}, "somebody", True),
        ([], "somebody", True),
        ({"users": [{"email": "../../x y"}]}, "x-y", True),
    ],
)
def test_the_roster_tells_whose_submission_it_is(tmp_path: Path, metadata, student: str, told: bool):
    roster = tmp_path / "roster.csv"
    roster.write_text("github_username,email\nada,ada@uni.edu\n")
    assert student_of(metadata, roster)[0] == student
    assert bool(student_of(metadata, roster)[1]) == told
    assert student_of(metadata, tmp_path / "none.csv")[1] == ""


def test_whatever_fails_a_results_json_is_written(tmp_path: Path, capsys):
    (tmp_path / "results").mkdir()
    main(tmp_path)
    answer = json.loads((tmp_path / "results" / "results.json").read_text())
    assert is_accepted(answer)
    assert "score" not in answer
    assert "Traceback" in capsys.readouterr().err


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch):
    monkeypatch.setenv(KEY_ENV, KEY)
    return course(tmp_path / "course")


def test_the_zip_holds_one_assignments_key_and_never_the_courses(tiny, tmp_path: Path):
    path = write_gradescope(tiny, tiny.folder.parents[1], tmp_path / "a.zip", practice=False)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
        assert archive.getinfo("run_autograder").external_attr >> 16 == stat.S_IFREG | 0o755
    assert content["assignment.key"].startswith(f"{tiny.name}:".encode())
    assert not any(KEY.encode() in text for name, text in content.items() if not name.endswith(".png"))
    assert {f"solutions/{tiny.name}/hidden/test_both.py", "common/__init__.py", "setup.sh"} <= content.keys()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_zip_for_practice_holds_neither_answers_nor_key(tiny, tmp_path: Path):
    root = tiny.folder.parents[1]
    (root / "assignments" / tiny.name).mkdir()
    path = write_gradescope(tiny, root, tmp_path / "a.zip", practice=True)
    names = zipfile.ZipFile(path).namelist()
    assert not any(name.startswith(("solutions", "assignment.key")) for name in names)


def test_run_autograder_grades_what_was_handed_in(tiny, tmp_path: Path, monkeypatch):
    path = write_gradescope(tiny, tiny.folder.parents[1], tmp_path / "a.zip", practice=False)
    base = tmp_path / "autograder"
    zipfile.ZipFile(path).extractall(base / "source")
    hand_in(base / "submission" / "folder", PARTIAL)
    (base / "submission_metadata.json").write_text('{"users": [{"email": "ada@uni.edu"}]}')
    environment = {
        "PATH": os.environ["PATH"],
        "AUTOGRADER_BASE": str(base),
        "AUTOGRADER_PYTHON": sys.executable,
    }
    program = ["bash", str(base / "source" / "run_autograder")]
    subprocess.run(program, env={**environment, "PYTHONPATH": str(ROOT)}, check=True, timeout=300)
    answer = json.loads((base / "results" / "results.json").read_text())
    assert is_accepted(answer)
    assert tuple(answer["extra_data"]["tasks"].values()) == POINTS
    assert answer["score"] == sum(POINTS)
    monkeypatch.setitem(environment, "AUTOGRADER_PYTHON", "/nonexistent")
    subprocess.run(program, env=environment, check=True, capture_output=True, timeout=60)
    assert "score" not in json.loads((base / "results" / "results.json").read_text())
