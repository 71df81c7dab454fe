"""What the page over the term says: every student's score in every assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from ..records import Grade, Result
from ..spec import Assignment
from .classview import class_numbers
from .views import number, standing

Graded = tuple[Assignment, Sequence[Result]]


@dataclass(frozen=True)
class Column:
    """One assignment of the term."""

    short: str
    title: str
    link: str
    numbers: dict[str, object]


@dataclass(frozen=True)
class Cell:
    """One student's one assignment."""

    says: str  # the score, or why there is none
    style: str  # "good" where a score stands, "warn" or "bad" where a TA must look, "none" without a result
    link: str = ""
    late: bool = False


@dataclass(frozen=True)
class TermRow:
    """One student of the term."""

    student: str
    name: str
    cells: list[Cell]
    average: str  # of the scores that stand, in percent


def columns(term: Sequence[Graded]) -> list[Column]:
    """Return the assignments of a term, each with its numbers."""
    return [
        Column(one.name.split("_")[0], one.title, f"{one.name}/index.html", class_numbers(results))
        for one, results in term
    ]


def term_rows(term: Sequence[Graded], folder: str) -> list[TermRow]:
    """Return the students of a term by name of user, with links to their pages in `folder`."""
    grades = [(one.name, {result.grade.student: result.grade for result in results}) for one, results in term]
    return [
        _row(student, [(name, found.get(student)) for name, found in grades], folder)
        for student in sorted({student for _, found in grades for student in found})
    ]


def _row(student: str, grades: Sequence[tuple[str, Grade | None]], folder: str) -> TermRow:
    there = [grade for _, grade in grades if grade]
    shares = [100 * grade.score / grade.max_score for grade in there if grade.stands and grade.max_score]
    return TermRow(
        student,
        next((grade.name for grade in there if grade.name), ""),
        [_cell(grade, f"{name}/{folder}/{student}/index.html") for name, grade in grades],
        f"{number(round(mean(shares), 1))} %" if shares else "–",
    )


def _cell(grade: Grade | None, link: str) -> Cell:
    if grade is None:
        return Cell("–", "none")
    match standing(grade):
        case "withheld":
            return Cell("withheld", "warn", link, grade.late)
        case "problem":
            return Cell("not graded", "bad", link, grade.late)
    return Cell(number(grade.score), "good", link, grade.late)
