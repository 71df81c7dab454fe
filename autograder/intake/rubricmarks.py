"""Marks that people give by a rubric: one line for each criterion and marker, in `marks.csv` of the results.

It stands beside the folders of the assignments' results and holds every deliverable that has a rubric:

    student,deliverable,criterion,marker,points,comment
    ada,review,coverage,tb,18,"The line of Song and Ermon is missing."
    ada,review,coverage,rk,20,

A criterion's points are the mean of its markers' points. Where two are further apart than neighbouring
levels, it stays open until a line by the marker `agreed` decides, which stands in place of all others.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from statistics import fmean

import msgspec

from ..records import is_student_id
from ..rubric import Criterion, Rubric, rubric_of
from ..text import nearest
from .lines import number, read_lines

MARKS = "marks.csv"
COLUMNS = ("student", "deliverable", "criterion", "marker", "points", "comment")
AGREED = "agreed"  # the marker whose line settles where others are apart


class Entered(msgspec.Struct, frozen=True):
    """One line: what one marker gives one student for one criterion."""

    student: str
    deliverable: str
    criterion: str
    marker: str
    points: float
    comment: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What a later line with the same would replace."""
        return self.student.casefold(), self.deliverable, self.criterion, self.marker.casefold()


class CriterionMark(msgspec.Struct, frozen=True):
    """What became of one criterion of one student's deliverable."""

    criterion: str
    title: str
    points: float | None  # None while it is open: nobody marked it, or the markers are apart
    most: float
    by: dict[str, float]  # marker -> points
    comments: tuple[str, ...] = ()

    @property
    def apart(self) -> bool:
        """Say whether markers must agree first."""
        return self.points is None and bool(self.by)


class Marked(msgspec.Struct, frozen=True):
    """One student's deliverable, marked. `points` is None until no criterion is open."""

    student: str
    deliverable: str
    criteria: tuple[CriterionMark, ...]

    @property
    def points(self) -> float | None:
        """The sum of all criteria, in hundredths."""
        points = [one.points for one in self.criteria if one.points is not None]
        return round(math.fsum(points), 2) if len(points) == len(self.criteria) else None

    @property
    def most(self) -> float:
        """The points that could be had."""
        return sum(one.most for one in self.criteria)


def read_entered(
    path: Path, rubrics: Mapping[str, Rubric], students: Collection[str] | None = None
) -> list[Entered]:
    """Read all lines of a table of marks, nothing where there is no file; raises TableError with all slips.

    With `students` (of the roster) only they may be marked, and get their ids as these are written there.
    """
    if not path.exists():
        return []
    lines: dict[tuple[str, str, str, str], int] = {}
    entered: list[Entered] = []

    def take(line: int, row: Mapping[str, str]) -> None:
        one = checked(row, rubrics, students)
        if one.place in lines:
            raise ValueError(f"{one.criterion} of {one.student} by {one.marker}: see line {lines[one.place]}")
        lines[one.place] = line
        entered.append(one)

    read_lines(path, COLUMNS, take, optional=1)
    return entered


def checked(
    row: Mapping[str, str], rubrics: Mapping[str, Rubric], students: Collection[str] | None = None
) -> Entered:
    """Return what one line says; raises ValueError with half a sentence."""
    student, marker = row["student"], row["marker"]
    if students is not None:
        known = {name.casefold(): name for name in students}
        if student.casefold() not in known:
            raise ValueError(f"the roster has no {student!r}{nearest(student, known.values())}")
        student = known[student.casefold()]
    if not is_student_id(student):
        raise ValueError(f"{student!r} is no student's id")
    if not marker:
        raise ValueError("says not who marked: write a name or initials into the column marker")
    criterion = rubric_of(rubrics, row["deliverable"]).criterion(row["criterion"])
    return Entered(
        student, row["deliverable"], criterion.id, marker, _points(row["points"], criterion),
        row.get("comment", ""),
    )  # fmt: skip


def marked(entered: Iterable[Entered], rubrics: Mapping[str, Rubric]) -> dict[str, dict[str, Marked]]:
    """Return what was marked: deliverable -> student -> the criteria of the rubric, in their order."""
    lines: defaultdict[tuple[str, str], list[Entered]] = defaultdict(list)
    for one in entered:
        lines[one.deliverable, one.student].append(one)
    found: dict[str, dict[str, Marked]] = {}
    for (deliverable, student), own in sorted(lines.items()):
        criteria = tuple(_criterion_mark(one, own) for one in rubrics[deliverable].criteria)
        found.setdefault(deliverable, {})[student] = Marked(student, deliverable, criteria)
    return found


def _points(text: str, criterion: Criterion) -> float:
    points = number(text)
    if not 0 <= points <= criterion.most:
        raise ValueError(
            f"points of {criterion.id} are {text!r}; write a number from 0 to {criterion.most:g}"
        )
    return points


def _criterion_mark(criterion: Criterion, lines: Iterable[Entered]) -> CriterionMark:
    own = [one for one in lines if one.criterion == criterion.id]
    by = {one.marker: one.points for one in own}
    decided = [points for marker, points in by.items() if marker.casefold() == AGREED]
    levels = [criterion.level(points) for points in by.values()]
    together = bool(by) and max(levels) - min(levels) <= 1
    points = decided[0] if decided else fmean(by.values()) if together else None
    comments = tuple(one.comment for one in own if one.comment)
    return CriterionMark(criterion.id, criterion.title, points, criterion.most, by, comments)
