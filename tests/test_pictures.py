"""The README's pictures: whose page is shown, and what is said without a browser."""

from __future__ import annotations

import pytest

from autograder.democlass.pictures import take_pictures, typical
from autograder.errors import UserError
from autograder.records import CheckResult, Grade, Result, Run, TaskResult, Verdict, Visibility


def result(student: str, score: float, verdict: Verdict, diagnosis: str = "", problem: str = "") -> Result:
    check = CheckResult("a", "a", Visibility.PUBLIC, verdict, diagnosis=diagnosis)
    tasks = (TaskResult("one", "1.1", "One", 100, score, (check,)),)
    grade = Grade(student, "", "a90_x", "", "", False, "1", score, 100, False, tasks, problem=problem)
    return Result(grade, Run("full", "", "", 0, ""))


def test_the_best_of_those_with_a_named_mistake_is_shown():
    people = [
        result("ada", 100, Verdict.PASS),
        result("bob", 40, Verdict.FAIL, "the root is missing."),
        result("cem", 70, Verdict.FAIL, "the root is missing."),
        result("dee", 90, Verdict.FAIL),
        result("eve", 95, Verdict.FAIL, "the root is missing.", problem="two hand-ins"),
    ]
    assert typical(people) == "cem"
    assert typical(people[:1]) == "ada"


def test_without_a_browser_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.democlass.pictures.shutil.which", lambda name: None)
    with pytest.raises(UserError, match="install the package chromium"):
        take_pictures([], tmp_path, tmp_path)
