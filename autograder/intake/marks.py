"""What a TA enters by hand: points of a lab, a ruling in place of what the checks say, a comment.

It stands in `marks.csv` beside a class's result files and is put into a grade when that is read. A result
file holds what the checks found and no more, so grading again loses no mark, and a mark no finding:

    student,what,points,comment
    ada,lab,27,"Question 2: say which digits you held out."
    ada,q_sample,8,"Her clamp is right too; the check asks for more than the handout."
    ada,,,"A pleasure to read."
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from ..records import Grade, Mark, Result, Ruling, TaskResult, Verdict, total
from ..results.store import read_results
from ..spec import Assignment
from ..text import did_you_mean
from .lines import number, read_lines

MARKS = "marks.csv"
COLUMNS = ("student", "what", "points", "comment")


def read_marked(folder: Path, assignment: Assignment, by_hand: Mapping[str, float]) -> list[Result]:
    """Read a class's results with what was entered by hand; raises UserError.

    `by_hand` has the most points of each part that is marked so.
    """
    results = read_results(folder)
    path = folder / MARKS
    if not path.exists():
        return results
    tasks = {task.id: task.points for task in assignment.tasks}
    marks = _read(path, [result.grade.student for result in results], {**by_hand, **tasks}, set(tasks))
    return [
        replace(one, grade=_marked(one.grade, marks.get(one.grade.student, ()), tasks)) for one in results
    ]


def _read(
    path: Path, students: Sequence[str], most: Mapping[str, float], tasks: set[str]
) -> dict[str, list[Mark]]:
    """Return the marks by student; raises TableError with all mistakes at once."""
    known = {student.casefold(): student for student in students}
    marks: defaultdict[str, list[Mark]] = defaultdict(list)

    def take(_: int, row: Mapping[str, str]) -> None:
        student = known.get(row["student"].casefold())
        if student is None:
            raise ValueError(
                f"nobody called {row['student']!r} has a result; {did_you_mean(row['student'], students)}"
            )
        mark = _mark(row, most, tasks)
        if mark.what and mark.what in [other.what for other in marks[student]]:
            raise ValueError(f"{mark.what} of {student} is above already: keep one line")
        marks[student].append(mark)

    read_lines(path, COLUMNS, take)
    return marks


def _mark(row: Mapping[str, str], most: Mapping[str, float], tasks: set[str]) -> Mark:
    """Return what one line says; raises ValueError with half a sentence."""
    what, text, comment = row["what"], row["points"], row["comment"]
    if not what:
        if text or not comment:
            raise ValueError("says what of nothing: write the part or the task, or a comment without points")
        return Mark("", None, 0.0, comment)
    if what not in most:
        raise ValueError(f"no part or task {what!r}; {did_you_mean(what, most)}")
    points = number(text)
    if not 0 <= points <= most[what]:
        raise ValueError(f"points of {what} are {text!r}; write a number from 0 to {most[what]:g}")
    if what in tasks and not comment:
        raise ValueError(f"say in the comment why {what} gets other points: the student reads it")
    return Mark(what, points, most[what], comment)


def _marked(grade: Grade, marks: Sequence[Mark], tasks: Collection[str]) -> Grade:
    """Put marks into a grade; a ruling on all that the grader could not decide lets the score stand."""
    rulings = {mark.what: mark for mark in marks if mark.what in tasks}
    if not rulings:
        return replace(grade, marks=tuple(marks))
    ruled = tuple(_ruled(task, rulings[task.id]) if task.id in rulings else task for task in grade.tasks)
    rest = [task for task in ruled if not task.ruling]
    return replace(
        grade,
        tasks=ruled,
        score=total(ruled, grade.added),
        withheld=grade.withheld and any(map(_is_open, rest)),
        problem=grade.problem if rest else "",
        marks=tuple(mark for mark in marks if mark.what not in rulings),
    )


def _ruled(task: TaskResult, mark: Mark) -> TaskResult:
    assert mark.points is not None
    return replace(task, earned=mark.points, ruling=Ruling(by_checks=task.earned, why=mark.comment))


def _is_open(task: TaskResult) -> bool:
    """Say whether the grader could not decide on a task."""
    return not task.checks or any(check.verdict is Verdict.ERROR for check in task.checks)
