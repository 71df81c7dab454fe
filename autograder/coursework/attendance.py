"""Attendance, from a sheet: a line for each student, a column for each lecture.

    student,2026-08-31,2026-09-07,2026-09-14
    ada,x,x,e
    bob,x,,x

"x", "1", "y" or "yes" was there, "e" or "excused" does not count, and nothing, "0", "n", "no" or "-" was not.
A lecture at which nobody was has not been held. Its header may be a date, a number or a title.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from ..intake.roster import TableError, read_table
from ..intake.rubricmarks import Entered
from ..rubric import Rubric
from ..text import nearest

MARKER = "attendance"  # who marked: the sheet
HERE, EXCUSED, AWAY = ("x", "1", "y", "yes"), ("e", "excused"), ("", "0", "n", "no", "-")


def from_sheet(path: Path, rubric: Rubric, students: Collection[str] | None = None) -> list[Entered]:
    """Return a mark for each student of a sheet; raises TableError with all slips.

    All points for whoever missed no more than the rubric's `missable` lectures of those that count for them.
    """
    header, rows = read_table(path)
    if "student" not in header or len(header) < 2:
        raise TableError(f"{path.name}:1: write student and then a column for each lecture")
    lectures = [name for name in header if name != "student"]
    slips = list(_slips(path, rows, lectures, students))
    if slips:
        raise TableError("\n".join(slips))
    held = [name for name in lectures if any(row[name].casefold() in HERE for _, row in rows)]
    known = {name.casefold(): name for name in students or ()}
    found = []
    for _, row in rows:
        counted = [row[name].casefold() for name in held if row[name].casefold() not in EXCUSED]
        there = sum(word in HERE for word in counted)
        needed = max(len(counted) - rubric.missable, 0)
        share = min(there / needed, 1.0) if needed else 1.0
        says = f"there at {there} of {len(counted)} lectures"
        student = known.get(row["student"].casefold(), row["student"])
        criterion, points = rubric.criteria[0], round(share * rubric.criteria[0].most, 2)
        found.append(Entered(student, rubric.deliverable, criterion.id, MARKER, points, says))
    return found


def _slips(
    path: Path,
    rows: list[tuple[int, dict[str, str]]],
    lectures: list[str],
    students: Collection[str] | None,
) -> Iterator[str]:
    seen: dict[str, int] = {}
    known = {name.casefold() for name in students or ()}
    for line, row in rows:
        student = row["student"]
        if not student:
            yield f"{path.name}:{line}: says who of nobody"
        elif students is not None and student.casefold() not in known:
            yield f"{path.name}:{line}: the roster has no {student!r}{nearest(student, students)}"
        elif student.casefold() in seen:
            yield f"{path.name}:{line}: {student} is on line {seen[student.casefold()]} already"
        seen.setdefault(student.casefold(), line)
        for name in lectures:
            if row[name].casefold() not in (*HERE, *EXCUSED, *AWAY):
                yield f"{path.name}:{line}: {name}: {row[name]!r} is neither x, e (excused) nor empty"
