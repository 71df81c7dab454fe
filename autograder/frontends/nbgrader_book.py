"""Writes results into the gradebook of an nbgrader course, where formgrader, feedback and export find them.

What a person marked is never touched, and whoever's grade is withheld is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from .nbgrader_files import task_cell
from .rows import Shown, shown


def write_scores(
    folder: Path, course: Course, assignment: Assignment, results: Iterable[Result]
) -> list[str]:
    """Write a class's results of one assignment; return who was left out.

    Raises UserError where the course directory does not know the assignment.
    """
    name, left_out = assignment.name, []
    with Gradebook(f"sqlite:///{folder.resolve()}/gradebook.db", course.classroom) as book:
        try:
            planned = book.find_assignment(name)
        except MissingEntry:
            raise UserError(f"{folder}: run `nbgrader generate_assignment {name}` there first") from None
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
            _write_notebook(folder, name, seen)
        book.db.commit()
    return left_out


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
