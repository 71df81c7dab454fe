"""Turns judged checks into points: points x passed weight / total weight of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ..calls.outcomes import Outcome
from ..records import CheckResult, Picture, TaskResult, Verdict, Visibility
from ..spec import Assignment, Task

if TYPE_CHECKING:  # torch, which it imports, takes seconds: not where points are only counted
    from .trial import CheckRun

BESIDES = " Not all that fails is explained by it: something else may be wrong, too or instead."
MESSAGE_KEPT = 4_000  # characters of what a check says, which may quote a reply


def score(assignment: Assignment, judged: Sequence[CheckRun], named: bool = True) -> tuple[TaskResult, ...]:
    """Score every task and, if they are to be named, name the mistakes that are known ones."""
    return tuple(
        _score_task(assignment, task, [j for j in judged if j.check.task == task.id], named)
        for task in assignment.tasks
    )


def _score_task(assignment: Assignment, task: Task, judged: list[CheckRun], named: bool) -> TaskResult:
    from .diagnosis import diagnose

    checks = results_of(judged, diagnose(assignment, task.id, judged) if named else {})
    return TaskResult(task.id, task.number, task.title, task.points, earned(task.points, checks), checks)


def earned(points: float, checks: Sequence[CheckResult]) -> float:
    """Return what a task earns: nothing without checks, nothing when a gate did not pass."""
    total = sum(check.weight for check in checks)
    passed = sum(check.weight for check in checks if check.verdict is Verdict.PASS)
    shut = any(check.gate and check.verdict is not Verdict.PASS for check in checks)
    return 0.0 if shut or not total else round(points * passed / total, 2)


class Known(Protocol):
    """What a student reads about a known mistake."""

    @property
    def says(self) -> str: ...
    @property
    def read(self) -> str: ...


def results_of(judged: Sequence[CheckRun], known: Mapping[str, Known]) -> tuple[CheckResult, ...]:
    """Put the outcomes of a task's checks into words; `known` has the checks that known mistakes explain."""
    from .evidence import evidence_of

    failed = {one.check.name for one in judged if one.outcome.verdict is Verdict.FAIL and evidence_of(one)}
    whole = failed <= known.keys()
    return tuple(result_of(one, known.get(one.check.name), whole) for one in judged)


def result_of(judged: CheckRun, known: Known | None = None, whole: bool = True) -> CheckResult:
    """Put one check's outcome into words; a known mistake's sentence takes the place of the general hint.

    Not so of a hidden check: students read its hint alone; nor where it is not the whole of what is wrong.
    """
    check, outcome = judged.check, judged.outcome
    replaced = known and whole and check.visibility is Visibility.PUBLIC
    return CheckResult(
        name=check.name,
        title=check.title,
        visibility=check.visibility,
        verdict=outcome.verdict,
        weight=check.weight,
        gate=check.gate,
        message=told(outcome),
        hint="" if replaced else outcome.hint,
        diagnosis=f"{known.says}{'' if whole else BESIDES}" if known else "",
        read=known.read if known else "",
    )


def pictures_of(judged: Sequence[CheckRun]) -> dict[str, Picture]:
    """Return what public checks saw where a comparison failed, by check."""
    from ..differences.pictures import picture_of

    public = (one for one in judged if one.check.visibility is Visibility.PUBLIC and one.outcome.seen)
    found = ((one.check.name, picture_of(*one.outcome.seen)) for one in public if one.outcome.seen)
    return {name: picture for name, picture in found if picture}


def told(outcome: Outcome) -> str:
    """Return the message for a result; an ERROR's own words are for TAs and stay in the run part."""
    if outcome.verdict is Verdict.ERROR:
        return "the grader failed here; a TA looks at it"
    return outcome.message[:MESSAGE_KEPT]
