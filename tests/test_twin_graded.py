"""The pretend GPU in official grading: what the worker tells is shown, and moves no point."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from autograder.errors import MachineFault
from autograder.judging.grading import grade
from autograder.judging.ontwin import LETTERS, with_twin
from autograder.pages.report import feedback_page
from autograder.pages.twinview import gpu_lines
from autograder.records import OnGpu, Submission, Visibility
from autograder.seeds import Seed

STRAY = "    x = x + torch.zeros(x.shape)\n    # BEGIN"
RUBBISH = (
    "3",
    "[1, []]",
    "[True, [b'x']]",
    "[True, 'x']",
    "[True, [3]]",
    "{'told': 1}",
    "[True, [torch.zeros(3)]]",
    "[[]] * 100_000",
    "os._exit(3)",
    "1 / 0",
    "exec('while True: pass')",
    "torch.zeros(1 << 50)",
)


@pytest.fixture
def stray(answers):
    """A submission that is right, and fails on a GPU."""
    return {"noising.py": answers["noising.py"].replace(b"    # BEGIN", STRAY.encode(), 1)}


def graded(judge, files):
    return grade(judge, Submission("ada", "Ada", "", "c0ffee", files), Seed(1))


def attack(answers, report):
    """Return a right submission that puts its own report in the place of the grader's."""
    patch = f"\nimport os, autograder.isolation.worker as ours\nours.tell_of_twin = lambda *asked: {report}\n"
    return {"noising.py": answers["noising.py"] + patch.encode()}


def test_a_right_answer_holds_in_one_public_and_one_hidden_check_of_each_task(judge, answers):
    result = graded(judge, answers)
    assert result.grade.score == 100
    tasks = {check.name: (task.id, check.visibility) for task in result.grade.tasks for check in task.checks}
    tried = [tasks[name] for name in result.run.on_gpu]
    assert sorted(tried) == sorted((task.id, kind) for task in result.grade.tasks for kind in Visibility)
    assert all(one == OnGpu(True) for one in result.run.on_gpu.values())
    assert "On a GPU" not in feedback_page(result, judge.assignment)


def test_what_would_fail_on_a_gpu_is_told_once_beside_its_task_and_costs_nothing(judge, stray):
    result = graded(judge, stray)
    assert result.grade.score == 100
    page = feedback_page(result, judge.assignment)
    assert page.count("On a GPU:</b>") == 1
    assert "torch.zeros makes a tensor on the CPU" in page


def test_a_student_reads_no_word_of_the_process_that_saw_hidden_checks(judge, stray):
    result = graded(judge, stray)
    told = {name: OnGpu(True, (f"told by {name}",)) for name, one in result.run.on_gpu.items() if one.told}
    result = structs.replace(result, run=structs.replace(result.run, on_gpu=told))
    student, staff = (feedback_page(result, judge.assignment, who) for who in ("student", "staff"))
    assert "told by tests/" in student
    assert "told by hidden/" not in student
    assert "told by tests/" in staff


def test_what_failed_there_for_an_unknown_reason_is_shown_as_not_clear(judge, answers):
    raising = b"    if x.is_cuda:\n        raise KeyError('/srv/secret/why')\n    # BEGIN"
    files = {"noising.py": answers["noising.py"].replace(b"    # BEGIN", raising, 1)}
    result = graded(judge, files)
    (line,) = gpu_lines(result, staff=False).values()
    assert line == "not clear: KeyError: '.../why'"
    assert "On a GPU:</b> not clear: KeyError" in feedback_page(result, judge.assignment)


def test_no_call_is_made_again_of_a_task_that_fails_or_where_nobody_asks(judge, answers, stray):
    wrong = {"noising.py": stray["noising.py"].replace(b"x.mean", b"2 * x.mean")}
    assert wrong != stray
    result = graded(judge, wrong)
    assert result.grade.score < 100
    assert {name for name in result.run.on_gpu if "standardise" in name} == set()
    assert not any(one.on_gpu for one in judge.judge(answers, Seed(1)))


@pytest.mark.parametrize("report", RUBBISH)
def test_a_report_that_is_none_wins_and_loses_nothing(judge, answers, report):
    plain, attacked = (graded(judge, files) for files in (answers, attack(answers, report)))
    assert attacked.grade == plain.grade
    assert not attacked.run.errors
    assert not any(one.told for one in attacked.run.on_gpu.values())
    feedback_page(attacked, judge.assignment)


def test_a_long_and_hostile_report_is_cut_and_made_harmless(judge, answers):
    sentence = '"<script>" + chr(27) + "[31m" + chr(0x202e) + "/srv/secret/a.py" + "a" * 5000'
    result = graded(judge, attack(answers, f"[True, [str(i) + {sentence} for i in range(999)]]"))
    assert result.grade.score == 100
    for one in result.run.on_gpu.values():
        assert len(one.told) <= 5
        assert all(len(line) <= LETTERS + 40 and "\x1b" not in line for line in one.told)
    page = feedback_page(result, judge.assignment)
    assert "<script>" not in page
    assert "‮" not in page
    assert "/srv/secret" not in page


def test_code_that_behaves_otherwise_on_a_gpu_moves_no_verdict(judge, answers):
    plain = graded(judge, answers)
    for what in ("while True: pass", "raise KeyError(x.shape)", "import os; os._exit(1)", "return None"):
        body = f"    if x.is_cuda:\n        {what}\n    # BEGIN".encode()
        files = {"noising.py": answers["noising.py"].replace(b"    # BEGIN", body, 1)}
        assert graded(judge, files).grade == plain.grade


def test_a_worker_that_does_not_start_costs_nothing(judge, answers):
    def start(visibility):
        raise MachineFault("no worker")

    judged = judge.judge(answers, Seed(1))
    assert with_twin(judged, start) == judged


def test_calls_that_shall_raise_are_not_made_again(judge, answers):
    judged = judge.judge(answers, Seed(1))
    error = ValueError("as it shall")
    raising = [
        replace(one, calls=tuple(replace(call, outcome=error) for call in one.calls)) for one in judged
    ]
    assert with_twin(raising, judge.setting.start) == raising
