"""Writes results into the gradebook of an nbgrader course, where formgrader, feedback and export find them.

What a person marked is never touched, and whoever's grade is withheld is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from ..course import Course
from ..errors import UserError
from ..files import write_whole
from ..records import Grade, Result
from ..spec import Assignment
from .nbgrader import show_in
from .nbgrader_files import answer_cell, task_cell
from .rows import Shown, shown


def write_scores(
    folder: Path,
    course: Course,
    assignment: Assignment,
    results: Iterable[Result],
    late: Mapping[str, float] | None = None,
) -> list[str]:
    """Write a class's results of one assignment; return who was left out.

    `late` has the points that lateness takes, by case-folded student; without it what stands there stays.
    Raises UserError where the course directory does not know the assignment.
    """
    name, left_out = assignment.name, []
    with _opened(folder, course, name) as book:
        planned = book.find_assignment(name)
        due = course.due(name)
        planned.duedate = due.astimezone(UTC).replace(tzinfo=None) if due else None
        for result in results:
            seen = shown(result)
            if seen is None:
                left_out.append(result.grade.student)
                continue
            submission = _submission(book, name, result.grade)
            until = course.extensions(name).get(seen.student)
            submission.extension = until - due if until and due else None
            _write_grades(submission, seen)
            if late is not None:
                submission.notebooks[0].late_submission_penalty = late.get(seen.student.casefold(), 0.0)
            _write_notebook(folder, name, seen)
        book.db.commit()
    return left_out


def changes_of(
    folder: Path,
    course: Course,
    assignment: Assignment,
    results: Iterable[Result],
    late: Mapping[str, float] | None = None,
) -> list[str]:
    """Return in words what `write_scores` would change in the gradebook; write nothing."""
    changes = []
    with _opened(folder, course, assignment.name) as book:
        for seen in filter(None, map(shown, results)):
            try:
                submission = book.find_submission(assignment.name, seen.student)
            except MissingEntry:
                changes.append(f"{seen.student}: new in the gradebook")
                continue
            earned = {task_cell(task.id): task.earned for task in seen.tasks}
            held = {one.name: one.auto_score for nb in submission.notebooks for one in nb.grades}
            after = {name: earned[name] for name in held if name in earned}
            if late is not None:
                held["late"] = submission.notebooks[0].late_submission_penalty or 0.0
                after["late"] = late.get(seen.student.casefold(), 0.0)
            changes += [
                f"{seen.student} {name}: {held[name]} → {value}"
                for name, value in after.items()
                if held[name] != value
            ]
    return changes


def marked_by_hand(folder: Path, course: Course, assignment: Assignment) -> list[tuple[str, str, float, str]]:
    """Return what people gave the lab's answers: student, number of the question, points and comment."""
    start = answer_cell("")
    with _opened(folder, course, assignment.name) as book:
        return [
            (
                submission.student.id,
                grade.name.removeprefix(start),
                grade.score,
                _comment(notebook, grade.name),
            )
            for submission in book.assignment_submissions(assignment.name)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.name.startswith(start) and grade.manual_score is not None
        ]


def _comment(notebook: Any, name: str) -> str:
    return next((one.comment or "" for one in notebook.comments if one.name == name), "")


@contextmanager
def _opened(folder: Path, course: Course, name: str) -> Iterator[Any]:
    """Yield the gradebook of a course directory that knows an assignment; raises UserError."""
    with Gradebook(f"sqlite:///{folder.resolve()}/gradebook.db", course.classroom) as book:
        try:
            book.find_assignment(name)
        except MissingEntry:
            raise UserError(f"{folder}: run `nbgrader generate_assignment {name}` there first") from None
        yield book


def _submission(book: Any, name: str, grade: Grade) -> Any:
    """Return a student's submission, made where there is none."""
    first, _, last = grade.name.rpartition(" ")
    called = {"first_name": first, "last_name": last} if grade.name else {}
    received = {"timestamp": grade.received_at} if grade.received_at else {}
    with book.db.no_autoflush:  # else SQLAlchemy warns of each new submission
        book.update_or_create_student(grade.student, **called)
        return book.update_or_create_submission(name, grade.student, **received)


def _write_grades(submission: Any, seen: Shown) -> None:
    """Set what the judge says of each task; an answer that nobody has marked waits for a person."""
    earned = {task_cell(task.id): task.earned for task in seen.tasks}
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            if grade.name in earned:
                grade.auto_score = earned[grade.name]
            elif grade.auto_score is None and grade.manual_score is None:
                grade.needs_manual_grade = True


def _write_notebook(folder: Path, name: str, seen: Shown) -> None:
    """Write the notebook that formgrader shows: as it was autograded, or as it was released."""
    ours = folder / "autograded" / seen.student / name / f"{name}.ipynb"
    source = ours if ours.is_file() else folder / "release" / name / f"{name}.ipynb"
    nb = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    show_in(nb, seen)
    ours.parent.mkdir(parents=True, exist_ok=True)
    write_whole(ours, nbformat.writes(nb).encode())  # type: ignore[no-untyped-call]
