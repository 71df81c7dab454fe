"""Grades the bundled class end to end, as a TA would, and compares every student with what must come out."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..course import load_course
from ..errors import UserError
from ..pages.report import report
from ..pipeline import Progress, collect_class, grade_class
from ..records import Result, TaskResult, Verdict
from ..spec import find_assignment, load_assignment
from .classroom import PEOPLE, Room, Student, build, enrol
from .classwork import Fate, class_work

STUDENTS = len(PEOPLE)
KEY = b"the key of the demo, which is no secret"
DUE = datetime(2026, 10, 12, 21, 59, 59, tzinfo=UTC)  # where course.toml names no date
JOBS = min(4, os.cpu_count() or 1)  # judges; each takes memory of its own
CENT = 0.01  # points are rounded to it


@dataclass(frozen=True)
class DemoResult:
    """What the demo did; `surprises` has a sentence for everything that did not come out as it must."""

    students: int
    graded: int
    as_expected: int
    seconds: float
    page: Path
    results: list[Result]
    surprises: tuple[str, ...]


def run_demo(root: Path, progress: Progress, keep: Path | None = None, jobs: int = JOBS) -> DemoResult:
    """Build, collect, grade and report the class in `keep`, or in a temporary folder; it stays there."""
    start = time.perf_counter()
    course = load_course(root)
    assignment = load_assignment(find_assignment(root, course.demo))
    due = course.due(assignment.name)
    folder = empty_folder(keep)
    room = Room(folder, assignment, course.classroom, due or DUE)
    students = enrol(room, class_work(assignment))
    build(room, students)
    submissions = collect_class(root, assignment, room.submissions, room.roster, room.received)
    results = grade_class(assignment, submissions, KEY, folder / "results", progress, jobs).results
    report(results, assignment, folder / "pages")
    found = {result.grade.student: result for result in results}
    surprises = {
        one.username: surprises_of(one, found.get(one.username), due is not None) for one in students
    }
    return DemoResult(
        students=len(students),
        graded=len(results),
        as_expected=sum(not lines for lines in surprises.values()),
        seconds=round(time.perf_counter() - start, 2),
        page=folder / "pages" / "index.html",
        results=results,
        surprises=tuple(line for lines in surprises.values() for line in lines),
    )


def empty_folder(keep: Path | None) -> Path:
    """Return a folder of one's own: the named one, which is empty, or a new one."""
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="autograder-demo-"))
    if keep.exists() and any(keep.iterdir()):
        raise UserError(f"{keep}: not empty; name a new folder for the demo")
    keep.mkdir(parents=True, exist_ok=True)
    return keep.resolve()


def surprises_of(student: Student, result: Result | None, has_due: bool = True) -> list[str]:
    """Return a sentence for everything in a student's result that differs from what must come out."""
    who = f"{student.username} ({student.work.what})"
    if result is None:
        return [f"{who}: no result"]
    grade, lines = result.grade, []
    if grade.withheld:
        lines.append(f"{who}: the grade is withheld")
    if grade.late != (student.work.late and has_due):
        lines.append(f"{who}: {'late' if grade.late else 'not late'}")
    if bool(grade.problem) != (student.work.sources is None):
        lines.append(f"{who}: the problem is {grade.problem!r}")
    for task in grade.tasks:
        if task.id in student.work.fates:
            lines += [f"{who}: {line}" for line in _differences(task, student.work.fates[task.id])]
    return lines


def _differences(task: TaskResult, fate: Fate) -> list[str]:
    """Compare what became of one task with what must."""
    verdicts = {check.verdict for check in task.checks}
    lines = []
    if fate.earned is None and task.earned > task.points - CENT:
        lines.append(f"{task.id} earned all {task.points:g}")
    if fate.earned is not None and abs(task.earned - fate.earned) > CENT:
        lines.append(f"{task.id} earned {task.earned:g}, not {fate.earned:g}")
    if fate.verdict and (
        verdicts != {Verdict.PASS} if fate.verdict is Verdict.PASS else fate.verdict not in verdicts
    ):
        lines.append(f"{task.id} has {', '.join(sorted(verdicts))}, not {fate.verdict}")
    if fate.mistake and not any(fate.mistake in check.diagnosis for check in task.checks):
        lines.append(f"{task.id}: the mistake was not named ({fate.mistake})")
    return lines
