"""Puts marks into the table that holds them all, and hands on what they come to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..files import write_whole
from ..intake.rubricmarks import COLUMNS, Entered, Marked
from ..rubric import Rubric

PARTS = ("student", "what", "points", "most", "comment")  # columns of the table for `autograder ledger mark`


def merged(held: Iterable[Entered], new: Iterable[Entered]) -> tuple[list[Entered], list[str]]:
    """Return the table with new lines in it, and a line for each that is new or has changed."""
    table = {one.place: one for one in held}
    told = []
    for one in new:
        old = table.get(one.place)
        if old != one:
            was = f"{old.points:g} -> " if old else ""
            told.append(
                f"{one.student} {one.deliverable} {one.criterion} by {one.marker}: {was}{one.points:g}"
            )
            table[one.place] = one
    return list(table.values()), told


def write_entered(path: Path, entered: Iterable[Entered]) -> None:
    """Write the table of all marks."""
    rows = [[getattr(one, name) for name in COLUMNS] for one in entered]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, _csv(COLUMNS, [[_plain(value) for value in row] for row in rows]))


def parts(
    found: Mapping[str, Mapping[str, Marked]], rubrics: Mapping[str, Rubric]
) -> tuple[bytes, dict[str, list[str]]]:
    """Return the table of the final grade's parts, in percent, and what each student's parts still lack.

    Labs are no part: they belong to their assignments. A part with an open criterion, or without one of its
    deliverables, is left out: nobody gets a number that will change.
    """
    rows, lacking = [], dict[str, list[str]]()
    students = sorted({student for marks in found.values() for student in marks})
    for part in dict.fromkeys(rubric.part for rubric in rubrics.values() if rubric.part):
        own = [rubric for rubric in rubrics.values() if rubric.part == part]
        for student in students:
            marks = {one.deliverable: found.get(one.deliverable, {}).get(student) for one in own}
            if not any(marks.values()):
                continue
            open_ = [name for name, mark in marks.items() if mark is None or mark.points is None]
            if open_:
                lacking.setdefault(student, []).extend(open_)
                continue
            rows.append([student, part, _plain(_percent(own, marks)), "100", ""])
    return _csv(PARTS, rows), lacking


def _percent(rubrics: list[Rubric], marks: Mapping[str, Marked | None]) -> float:
    whole = sum(one.share for one in rubrics)
    shares = ((one, marks[one.deliverable]) for one in rubrics)
    earned = sum(one.share * (mark.points or 0.0) / mark.most for one, mark in shares if mark)
    return round(100 * earned / whole, 2)


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    content = io.StringIO()
    csv.writer(content, lineterminator="\n").writerows([header, *rows])
    return content.getvalue().encode()


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
