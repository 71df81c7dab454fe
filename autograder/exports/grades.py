"""The plain table of grades: a line for each student of the roster, an empty cell where no score stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..intake.roster import RosterEntry
from ..records import Grade, Result
from ..text import one_line

FORMULA = ("=", "+", "-", "@")  # begins what a spreadsheet would run


@dataclass(frozen=True)
class Sheet:
    """The table, and who has no score in it, as "ada (a04_ddpm)"."""

    rows: list[list[str]]  # the header first
    withheld: list[str]  # a TA must look
    ungraded: list[str]  # nothing came, or nothing that can be read
    strangers: list[str]  # have results, and no line in the roster


def grade_sheet(
    roster: Mapping[str, RosterEntry], results: Mapping[str, Sequence[Result]], parts: Sequence[str]
) -> Sheet:
    """Put together a class's grades in the roster's order: for each assignment score, lateness and parts."""
    grades = {
        name: {one.grade.student.casefold(): one.grade for one in found} for name, found in results.items()
    }
    header = ["identifier", "username", "name"]
    for name in results:
        header += [name, f"{name} late", *(f"{name} {part}" for part in parts)]
    rows = [header]
    for id, entry in roster.items():
        cells = [safe_cell(text) for text in (entry.identifier, entry.id, entry.name)]
        rows.append(cells + [cell for name in results for cell in _cells(grades[name].get(id), parts)])
    withheld, ungraded, strangers = [], [], []
    for name, found in grades.items():
        withheld += [f"{grade.student} ({name})" for grade in found.values() if grade.withheld]
        ungraded += [
            f"{entry.id} ({name})"
            for id, entry in roster.items()
            if not (grade := found.get(id)) or (grade.problem and not grade.withheld)
        ]
        strangers += [f"{grade.student} ({name})" for id, grade in found.items() if id not in roster]
    return Sheet(rows, withheld, ungraded, strangers)


def as_csv(rows: Sequence[Sequence[str]], mark: bool = True) -> bytes:
    """Return a table as CSV, with the mark by which spreadsheets know UTF-8 unless an importer takes none."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")


def _cells(grade: Grade | None, parts: Sequence[str]) -> list[str]:
    """Return score, "late" and the points of each part; all empty for whoever has no result."""
    if grade is None:
        return [""] * (2 + len(parts))
    points = {mark.what: f"{mark.points:g}" for mark in grade.marks if mark.points is not None}
    score = f"{grade.score:g}" if grade.stands else ""
    return [score, "late" if grade.late else "", *(points.get(part, "") for part in parts)]


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet runs and no terminal obeys."""
    line = one_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line
