"""What a feedback page says, in words and numbers; the templates only place it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from ..records import CheckResult, Grade, Result, TaskResult, Verdict, Visibility
from .figures import Part, bar
from .pictures import cost, picture

MOST = 25  # pictures of a page, of up to 8 kB each
VERDICTS = {  # what a verdict is called, and the style class that colours it
    Verdict.PASS: ("Passed", "good"),
    Verdict.FAIL: ("Failed", "bad"),
    Verdict.NOT_IMPLEMENTED: ("Not written yet", "none"),
    Verdict.SKIPPED: ("Skipped", "none"),
    Verdict.SLOW: ("Too slow", "warn"),
    Verdict.TIMEOUT: ("Out of time", "bad"),
    Verdict.MEMORY: ("Out of memory", "bad"),
    Verdict.CRASH: ("Crashed", "bad"),
    Verdict.ERROR: ("The grader failed", "warn"),
}


@dataclass(frozen=True)
class HiddenView:
    """What may be said of a task's hidden checks."""

    passed: int
    total: int
    others: str  # "1 not passed, 2 skipped"
    is_shut: bool  # one of them is required and did not pass
    hints: tuple[str, ...]


@dataclass(frozen=True)
class TaskView:
    """One task of a feedback page."""

    task: TaskResult
    state: str  # "full", "part", "zero" or "open"
    meter: Markup
    shown: tuple[CheckResult, ...]
    hidden: HiddenView | None
    is_shut: bool  # a required check did not pass, so nothing is earned


def task_views(grade: Grade, staff: bool) -> list[TaskView]:
    """Return the tasks that were checked; staff sees hidden checks one by one."""
    return [_task_view(task, staff) for task in grade.tasks if task.checks or task.ruling]


def _task_view(task: TaskResult, staff: bool) -> TaskView:
    hidden = [check for check in task.checks if check.visibility is Visibility.HIDDEN]
    is_shut = _is_shut(task.checks) and not task.ruling
    return TaskView(
        task=task,
        state=task_state(task),
        meter=_meter(task),
        shown=tuple(check for check in task.checks if staff or check not in hidden),
        hidden=None if staff or not hidden else _hidden_view(hidden, is_shut),
        is_shut=is_shut,
    )


def task_state(task: TaskResult) -> str:
    """Return "open" while the grader failed on it, else "full", "part" or "zero"."""
    if task.ruling is None and any(check.verdict is Verdict.ERROR for check in task.checks):
        return "open"
    return "full" if task.earned >= task.points else "part" if task.earned > 0 else "zero"


def score_bar(grade: Grade) -> Markup:
    """Draw how much of the assignment's points a student has."""
    share = grade.score / grade.max_score if grade.max_score else 0.0
    says = f"{number(grade.score)} of {number(grade.max_score)} points"
    return bar([Part(min(max(share, 0.0), 1.0), "accent")], says)


def standing(grade: Grade) -> str:
    """Return whether a score stands: "graded", "withheld" until a TA has looked, or "problem"."""
    return "graded" if grade.stands else "withheld" if grade.withheld else "problem"


def number(value: float) -> str:
    """Return a number with at most two decimals and no idle zeros."""
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def moment(text: str) -> str:
    """Return an ISO 8601 time as "1 October 2026, 21:59:00 UTC"; anything else as it is."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{when.day} {when:%B %Y, %H:%M:%S} {when.tzname() or ''}".rstrip()


def commit_name(text: str) -> str:
    """Return the first digits of a commit or content id."""
    kind, colon, digits = text.rpartition(":")
    return f"{kind}{colon}{digits[:10]}"


def _meter(task: TaskResult) -> Markup:
    says = f"{number(task.earned)} of {number(task.points)} points"
    return bar([Part(task_share(task), "good" if task_state(task) == "full" else "part")], says)


def task_share(task: TaskResult) -> float:
    """Return how much of a task's points was earned, 0 to 1."""
    return min(max(task.earned / task.points, 0.0), 1.0) if task.points else 0.0


def figures_of(result: Result) -> dict[str, Markup]:
    """Draw what failed public checks saw, and what measured ones cost, by check."""
    public = [
        check for task in result.grade.tasks for check in task.checks if check.visibility is Visibility.PUBLIC
    ]
    run = result.run
    drawn = {check.name: cost(run.measured[check.name]) for check in public if check.name in run.measured}
    failed = [check.name for check in public if check.verdict is Verdict.FAIL and check.name in run.pictures]
    return drawn | {name: picture(run.pictures[name]) for name in failed[:MOST]}


def _hidden_view(hidden: Sequence[CheckResult], is_shut: bool) -> HiddenView:
    others = Counter(check.verdict for check in hidden if check.verdict is not Verdict.PASS)
    hints = dict.fromkeys(check.hint for check in hidden if check.hint and check.verdict is not Verdict.PASS)
    return HiddenView(
        passed=len(hidden) - others.total(),
        total=len(hidden),
        others=", ".join(f"{count} {_in_short(verdict)}" for verdict, count in others.items()),
        is_shut=is_shut and _is_shut(hidden),
        hints=tuple(hints),
    )


def _in_short(verdict: Verdict) -> str:
    return "not passed" if verdict is Verdict.FAIL else VERDICTS[verdict][0].lower()


def _is_shut(checks: Sequence[CheckResult]) -> bool:
    return any(check.gate and check.verdict is not Verdict.PASS for check in checks)
