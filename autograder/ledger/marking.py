"""Marks of the parts of the final grade, from a table:

student,what,points,most,comment,received_at
ada,review,38,45,"Two sources more would have shown the other side.",
ada,project,41,45,,2026-12-13T22:10:00+01:00
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from ..intake.lines import moment, number, read_lines
from ..policy import PARTS
from ..text import did_you_mean
from .events import Entry, Marked, New
from .facts import Facts, facts_of
from .people import known_as

COLUMNS = ("student", "what", "points", "most")


def read_marks(path: Path, students: Mapping[str, str]) -> dict[tuple[str, str], Marked]:
    """Return the marks by student and part; raises TableError with all mistakes at once.

    `students` are those who may be named, by case-folded name.
    """
    marks: dict[tuple[str, str], Marked] = {}

    def take(_: int, row: Mapping[str, str]) -> None:
        student, mark = known_as(row["student"], students), _mark(row)
        if (student, mark.what) in marks:
            raise ValueError(f"{mark.what} of {student} is above already: keep one line")
        marks[student, mark.what] = mark

    read_lines(path, COLUMNS, take)
    return marks


def new_marks(marks: Mapping[tuple[str, str], Marked], held: list[Entry]) -> list[New]:
    """Return the marks that the ledger does not hold yet, as events."""
    known = facts_of(held)
    new: list[New] = []
    for (student, what), mark in marks.items():
        last = known.get(student.casefold(), Facts(student)).marks.get(("", what))
        if last is None or last.event != mark:
            new.append((student, mark))
    return new


def _mark(row: Mapping[str, str]) -> Marked:
    """Return what one line says; raises ValueError with half a sentence."""
    what = row["what"]
    if what not in PARTS:
        raise ValueError(f"no part {what!r} of the final grade; {did_you_mean(what, PARTS)}")
    points, most = number(row["points"]), number(row["most"])
    if not 0 <= points <= most or not 0 < most < math.inf:
        raise ValueError(f"{row['points']!r} of {row['most']!r} are no points of {what}: write 38 and 45")
    came = row.get("received_at", "")
    received = moment("received_at", came, "2026-12-13T22:10:00+01:00").isoformat() if came else ""
    return Marked("", what, points, most, row.get("comment", ""), received)
