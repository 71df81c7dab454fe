"""What the grader and TAs would have written of a drawn submission: a result file, and marks.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ..intake.marks import COLUMNS, MARKS
from ..records import CheckResult, Grade, Result, Run, TaskResult, Verdict, Visibility
from ..results.store import write_result
from ..spec import Assignment
from .facts import Handed, Person

AS_DRAWN = "drawn, not graded"  # in place of a sandbox's level


def result_of(
    assignment: Assignment, person: Person, one: Handed | None, mended: bool, withheld: bool = False
) -> Result:
    """Return a result file's record of what was handed in last; None stands for nothing."""
    points = {} if one is None else one.points if mended else one.at_first
    verdict = Verdict.ERROR if withheld else Verdict.PASS
    tasks = tuple(
        TaskResult(
            task.id,
            task.number,
            task.title,
            task.points,
            0.0 if withheld else points.get(task.id, 0.0),
            (CheckResult(f"drawn::{task.id}", task.title, Visibility.PUBLIC, verdict),),
        )
        for task in assignment.tasks
    )
    grade = Grade(
        student=person.id,
        name=person.name,
        assignment=assignment.name,
        commit=one.commit if one else "",
        received_at=one.received.isoformat() if one else "",
        late=False,
        seed="",
        score=round(sum(task.earned for task in tasks), 2),
        max_score=sum(task.points for task in assignment.tasks),
        withheld=withheld,
        tasks=tasks,
        problem="" if one else "no submission found",
    )
    return Result(
        grade, Run(AS_DRAWN, "", "", 0.0, "", {"the assignment": "mended" if mended else "as released"})
    )


def last_by(found: list[Handed], moment: datetime) -> Handed | None:
    """Return what had come last at a moment."""
    return max((one for one in found if one.received <= moment), key=lambda one: one.received, default=None)


def store(results: Iterable[Result], folder: Path) -> None:
    """Write result files."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in results:
        write_result(one, folder)


def write_marks(folder: Path, labs: Mapping[str, float]) -> None:
    """Write the points of the lab, by student."""
    rows = [(student, "lab", f"{points:g}", "") for student, points in labs.items()]
    write_table(folder / MARKS, [COLUMNS, *rows])


def write_table(path: Path, rows: Iterable[Iterable[str]]) -> None:
    """Write a CSV table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
