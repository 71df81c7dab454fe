"""What a student may see of a result: public checks in full, hidden ones by count and written hint.

Pages and exports are made from what `redact` returns, so that no template can show what is not in it.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from ..records import CheckResult, Grade, TaskResult, Visibility
from ..text import without_paths

Audience = Literal["student", "staff"]


def redact(grade: Grade) -> Grade:
    """Return the grade as its student may see it.

    Without the seed, the words of hidden checks (their hints stay), the folders of the grading machine, and
    what the grader said about its own failure.
    """
    return replace(
        grade,
        seed="",
        tasks=tuple(_redact_task(task) for task in grade.tasks),
        notices=tuple(without_paths(notice) for notice in grade.notices),
        problem="" if grade.withheld else without_paths(grade.problem),
    )


def _redact_task(task: TaskResult) -> TaskResult:
    return replace(task, checks=tuple(_redact_check(check, task) for check in task.checks))


def _redact_check(check: CheckResult, task: TaskResult) -> CheckResult:
    if check.visibility is Visibility.PUBLIC:
        return replace(check, message=without_paths(check.message), hint=without_paths(check.hint))
    return CheckResult(
        name=f"hidden check of task {task.number}",
        title="",
        visibility=check.visibility,
        verdict=check.verdict,
        weight=check.weight,
        gate=check.gate,
        hint=without_paths(check.hint),
    )
