"""Rows say of each check what it is worth, what it earned and what its reader may know."""

from __future__ import annotations

import pytest

from autograder.frontends.rows import shown, task_rows
from autograder.records import CheckResult, Grade, Result, Run, TaskResult, Verdict, Visibility

PASS, FAIL = Verdict.PASS, Verdict.FAIL


def check(verdict: Verdict, weight: int = 1, gate: bool = False, hidden: bool = False) -> CheckResult:
    where = Visibility.HIDDEN if hidden else Visibility.PUBLIC
    words = {} if verdict is PASS else {"message": "got 2", "hint": "halve it", "diagnosis": "x is squared."}
    return CheckResult("tests/a.py::test_a", "The title", where, verdict, weight, gate, **words)


def result(*tasks: TaskResult, **fields: object) -> Result:
    words = {"withheld": False, "problem": ""} | fields
    earned, points = sum(task.earned for task in tasks), sum(task.points for task in tasks)
    grade = Grade("ada", "", "a", "c", "", False, "0f", earned, points, tasks=tasks, **words)
    return Result(grade, Run("full", "", "", 0.0, ""))


def test_rows_of_a_task_add_up_to_its_points_whatever_the_weights():
    task = TaskResult("t", "1.1", "T", 60.0, 42.86, (*[check(PASS)] * 5, *[check(FAIL)] * 2))
    rows = task_rows(task)
    assert sum(row.points for row in rows) == 60.0
    assert sum(row.earned for row in rows) == pytest.approx(60 * 5 / 7)
    assert [row.number for row in rows] == [f"1.1.{i}" for i in range(1, 8)]


def test_a_weight_of_two_is_worth_twice():
    rows = task_rows(TaskResult("t", "1", "T", 9.0, 6.0, (check(PASS, weight=2), check(FAIL))))
    assert [(row.points, row.earned) for row in rows] == [(6.0, 6.0), (3.0, 0.0)]


def test_behind_a_gate_that_did_not_pass_nothing_is_earned_and_the_reader_is_told():
    first, second = task_rows(TaskResult("t", "1", "T", 9.0, 0.0, (check(PASS), check(FAIL, gate=True))))
    assert (first.earned, second.earned) == (0.0, 0.0)
    assert first.verdict is PASS
    assert "earns nothing" in first.text
    assert second.text == "got 2\nThis is what you get when x is squared.\nTry: halve it"


def test_a_student_reads_of_a_hidden_check_no_more_than_its_hint():
    task = TaskResult("t", "1.1", "T", 10.0, 0.0, (check(FAIL, hidden=True),))
    (student,) = shown(result(task)).rows
    (staff,) = shown(result(task), "staff").rows
    assert (student.title, student.text) == ("hidden check of task 1.1", "Try: halve it")
    assert (staff.title, staff.text.splitlines()[0]) == ("The title", "got 2")


def test_what_could_not_be_checked_has_one_row_for_each_task_that_says_why():
    tasks = (TaskResult("a", "1.1", "A", 40.0, 0.0, ()), TaskResult("b", "1.2", "B", 60.0, 0.0, ()))
    seen = shown(result(*tasks, problem="no submission found"))
    assert [(row.number, row.points, row.text) for row in seen.rows] == [
        ("1.1", 40.0, "no submission found"),
        ("1.2", 60.0, "no submission found"),
    ]
    assert seen.says == "no submission found"


def test_a_withheld_result_shows_nothing():
    assert shown(result(withheld=True)) is None
