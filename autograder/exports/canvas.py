"""One column of a gradebook that Canvas exported, filled in; every other byte stays as the teacher has it.

Canvas reads the file back: a column is an assignment's when its heading ends in its number, students are
found by their ids, the row "Points Possible" is no student, and a blank where a score stands would clear it.
So cells of whoever has nothing that counts are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..errors import UserError
from ..intake.roster import RosterEntry, plain
from ..ledger.work import exact, rounded

IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
POSSIBLE = "Points Possible"
NUMBERED = re.compile(r" \(\d+\)$")


@dataclass(frozen=True)
class Filled:
    """The file, and whose row was not found or belongs to nobody of the roster."""

    content: bytes
    missing: list[str]  # students with a share and no row
    strangers: list[str]  # rows of nobody


@dataclass(frozen=True)
class _Cell:
    start: int  # where it stands in the file's text
    end: int
    text: str  # without quotes


def fill(
    content: bytes, column: str, roster: Mapping[str, RosterEntry], shares: Mapping[str, Fraction]
) -> Filled:
    """Return the gradebook with one column filled; `shares` are 0 to 1, by case-folded student.

    Raises UserError where the file is no gradebook or the column is not clear.
    """
    text = content.decode("utf-8-sig")
    first = text.partition("\n")[0]
    rows = list(_rows(text, max(",;", key=first.count)))
    header = [cell.text for cell in rows[0]] if rows else []
    if len(header) < 4 or "Student" not in header[0] or "ID" not in header[1]:
        raise UserError("this is no gradebook that Canvas exported: its first line does not begin Student,ID")
    at, possible = _column(header, column), Fraction(100)
    changes, strangers, found = list[tuple[_Cell, str]](), list[str](), set[str]()
    for row in rows[1:]:
        if len(row) != len(header):
            continue
        if POSSIBLE in row[0].text:
            possible = _possible(row[at].text, column)
            continue
        student = _student(row, header, roster)
        if not student:
            strangers.append(row[0].text)
        elif student in shares:
            found.add(student)
            changes.append((row[at], f"{rounded(shares[student] * possible):.2f}"))
    for cell, value in reversed(changes):
        text = text[: cell.start] + value + text[cell.end :]
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return Filled(mark + text.encode(), [roster[one].id for one in shares if one not in found], strangers)


def _possible(text: str, column: str) -> Fraction:
    """Return the most points of a column, 100 where the file does not say."""
    try:
        return exact(float(text)) if text else Fraction(100)
    except ValueError:
        raise UserError(f"Canvas says {text!r} of {column!r}: it takes no points there") from None


def _column(header: list[str], column: str) -> int:
    places = [at for at, name in enumerate(header) if NUMBERED.search(name) and name.startswith(column)]
    exactly = [at for at in places if header[at] == column]
    if len(exactly or places) != 1:
        there = ", ".join(name for name in header if NUMBERED.search(name))
        raise UserError(
            f"{column!r} begins {len(places)} columns of assignments; there are {there or 'none'}"
        )
    return (exactly or places)[0]


def _student(row: list[_Cell], header: list[str], roster: Mapping[str, RosterEntry]) -> str:
    """Return whose row it is by one of its ids; "" where that is nobody's, or several's."""
    ids = {plain(cell.text) for name, cell in zip(header, row, strict=True) if name in IDS and cell.text}
    own = [key for key, entry in roster.items() if ids & {plain(entry.id), plain(entry.identifier)} - {""}]
    return own[0] if len(own) == 1 else ""


def _rows(text: str, separator: str) -> Iterator[list[_Cell]]:
    """Yield a table's rows, each cell with the place where it stands."""
    cell, end = re.compile(rf'"(?:[^"]|"")*"|[^{separator}\r\n]*'), re.compile(r"\r?\n?")
    row, at = list[_Cell](), 0
    while at < len(text):
        start, at = at, cell.match(text, at).end()  # type: ignore[union-attr]
        raw = text[start:at]
        row.append(_Cell(start, at, raw[1:-1].replace('""', '"') if raw[:1] == '"' else raw))
        if text[at : at + 1] == separator:
            at += 1
            if at < len(text):
                continue
            row.append(_Cell(at, at, ""))  # nothing follows the last separator
        yield row
        row, at = [], max(end.match(text, at).end(), at)  # type: ignore[union-attr]
