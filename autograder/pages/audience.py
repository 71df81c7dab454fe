"""What a student may see of a result: public checks in full, hidden ones by count and written hint.

The worker of hidden checks runs the student's code and may know what students do not: how a hidden check
fails must not be a channel out of it. Told is whether one passed, and the hint of a comparison that failed.

Pages and exports are made from what `redact` returns, so that no template can show what is not in it.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from ..calls.outcomes import OF_FAULTS
from ..records import CheckResult, Grade, TaskResult, Verdict, Visibility
from ..text import without_paths

Audience = Literal["student", "staff"]
DECIDED_OUTSIDE = (Verdict.PASS, Verdict.SKIPPED, Verdict.ERROR)  # by the judge; any other counts as FAIL


def redact(grade: Grade) -> Grade:
    """Return the grade as its student may see it.

    Without the seed, the words of hidden checks (a comparison's hint stays), the folders of the grading
    machine, what the grader said about its own failure, and what only staff can mend or must know.
    """
    return replace(
        grade,
        seed="",
        tasks=tuple(_redact_task(task) for task in grade.tasks),
        notices=tuple(without_paths(notice) for notice in grade.notices),
        problem="" if grade.withheld or grade.ours else without_paths(grade.problem),
        remarks=(),
    )


def _redact_task(task: TaskResult) -> TaskResult:
    return replace(task, checks=tuple(_redact_check(check, task) for check in task.checks))


def _redact_check(check: CheckResult, task: TaskResult) -> CheckResult:
    if check.visibility is Visibility.PUBLIC:
        return replace(check, message=without_paths(check.message), hint=without_paths(check.hint))
    compared = (
        check.verdict is Verdict.FAIL and check.hint not in OF_FAULTS
    )  # hints that the student's code chooses
    return CheckResult(
        name=f"hidden check of task {task.number}",
        title="",
        visibility=check.visibility,
        verdict=check.verdict if check.verdict in DECIDED_OUTSIDE else Verdict.FAIL,
        weight=check.weight,
        gate=check.gate,
        hint=without_paths(check.hint) if compared else "",
    )
