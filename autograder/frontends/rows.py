"""A result as rows, one for each check, as a reader may see them: what every front end writes.

What a task earned is the number that counts. Rows are display: they are not rounded, and those of a task add
up to its points.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..pages.audience import Audience, redact
from ..records import CheckResult, Result, TaskResult, Verdict, Visibility
from ..text import read_again, this_is_what

WAITING = "The grader could not decide a check. Staff will look, and nothing is taken off meanwhile."


@dataclass(frozen=True)
class Row:
    """One check."""

    number: str  # "1.1.3": the third check of task 1.1
    task: str  # the task's id
    title: str
    points: float  # what it is worth
    earned: float
    verdict: Verdict
    text: str  # what came, the known mistake, what to try
    visibility: Visibility


@dataclass(frozen=True)
class Shown:
    """A result as its reader may see it."""

    student: str
    score: float
    max_score: float
    tasks: tuple[TaskResult, ...]
    rows: tuple[Row, ...]
    says: str  # why there is no grade, or in what sandbox it came about

    def of(self, task: str) -> list[Row]:
        """Return the rows of one task."""
        return [row for row in self.rows if row.task == task]


def shown(result: Result, audience: Audience = "student") -> Shown | None:
    """Return what stands in for a result elsewhere; None for one that is withheld, which has no score."""
    grade = result.grade if audience == "staff" else redact(result.grade)
    if grade.withheld:
        return None
    rows = tuple(row for task in grade.tasks for row in task_rows(task, grade.problem))
    says = grade.problem or f"Judged in a sandbox of level {result.run.level}."
    return Shown(grade.student, grade.score, grade.max_score, grade.tasks, rows, says)


def task_rows(task: TaskResult, problem: str = "") -> list[Row]:
    """Return a task's rows; where nothing could be checked, one that says why."""
    if not task.checks:
        missing = (task.id, task.title, task.points, 0.0, Verdict.NOT_IMPLEMENTED, problem, Visibility.PUBLIC)
        return [Row(task.number, *missing)]
    shut = [check for check in task.checks if check.gate and check.verdict is not Verdict.PASS]
    total = sum(check.weight for check in task.checks)
    worth = [task.points * check.weight / total for check in task.checks[:-1]]
    worth.append(task.points - sum(worth))  # so that they add up to the task's, whatever the last digits
    return [
        _row(f"{task.number}.{i}", task.id, check, points, bool(shut))
        for i, (check, points) in enumerate(zip(task.checks, worth, strict=True), start=1)
    ]


def _row(number: str, task: str, check: CheckResult, points: float, shut: bool) -> Row:
    passed = check.verdict is Verdict.PASS
    lines = [check.message, this_is_what(check.diagnosis), check.hint and f"Try: {check.hint}"]
    lines += [read_again(check.read)] if check.read else []
    if passed and shut:
        lines = ["Passed, but a required check of this task did not, so the task earns nothing."]
    return Row(
        number=number,
        task=task,
        title=check.title or check.name,
        points=points,
        earned=points if passed and not shut else 0.0,
        verdict=check.verdict,
        text="\n".join(filter(None, lines)),
        visibility=check.visibility,
    )
