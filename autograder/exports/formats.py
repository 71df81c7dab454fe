"""Every form in which grades leave: what results say, or what counts by the ledger, in the words of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import msgspec

from ..course import Course
from ..errors import UserError
from ..intake.roster import RosterEntry
from ..ledger.account import Account
from ..records import Result
from .canvas import fill
from .classroom50 import scores
from .difference import as_lines
from .finals import final_results, final_table, shares
from .githubclassroom import grade_table
from .grades import as_csv, grade_sheet
from .gradescope import gradescope_zip, scores_lines
from .junit import junit
from .kinds import Format
from .moodle import moodle_table

Roster = Mapping[str, RosterEntry]
TABLES = (Format.PLAIN, Format.SPREADSHEET)  # a line for each student
Lists = dict[str, list[str]]  # why, as the command has it -> whom that is about


@dataclass(frozen=True)
class Made:
    """What would stand in a file, in words and in bytes, and who is not in it, by why."""

    said: str
    content: bytes
    lists: Lists = field(default_factory=dict)
    lines: Callable[[bytes], list[str]] = as_lines  # of such a file, for people


def of_results(course: Course, kind: Format, roster: Roster, term: Mapping[str, Sequence[Result]]) -> Made:
    """Return what result files say, by assignment, before anything is taken off for lateness."""
    sheet = grade_sheet(roster, term, list(course.by_hand))
    lists = {why: getattr(sheet, why) for why in ("withheld", "ungraded", "strangers")}
    if kind in TABLES:
        return _table(kind, sheet.rows, lists)
    return _of_term(course, kind, roster, term, lists)


def of_ledger(
    course: Course,
    kind: Format,
    roster: Roster,
    books: Mapping[str, Account],
    assignments: Sequence[str] = (),
    gradebook: bytes = b"",
    column: str = "",
) -> Made:
    """Return what counts by the ledger.

    `assignments`, by their folders' names, are those that a platform gets; none are the final grade. Canvas
    has `gradebook` filled in, in the column that begins with `column`. Raises UserError.
    """
    columns = [(course.short(name), shares(books, name)) for name in assignments]
    columns = columns or [("Final", shares(books, ""))]
    match kind:
        case Format.CANVAS:
            return _canvas(roster, columns, gradebook, column)
        case Format.MOODLE:
            rows, left_out = moodle_table(roster, columns)
            return Made(f"{len(rows) - 1} students", as_csv(rows, mark=False), {"unnamed": left_out})
        case Format.GRADESCOPE:
            return _gradescope(roster, books, assignments)
    waiting = [one for key, one in books.items() if key in roster and one.open]
    lists = {
        "open": [f"{one.student} ({len(one.open)})" for one in waiting],
        "strangers": [one.student for key, one in books.items() if key not in roster],
    }
    if kind in TABLES:
        return _table(kind, final_table(course, roster, books), lists)
    graded = {name: found for name, found in final_results(course, books).items() if found}
    return _of_term(course, kind, roster, graded, lists)


def _table(kind: Format, rows: list[list[str]], lists: Lists) -> Made:
    """Return the plain table of grades, or the same as a spreadsheet."""
    if kind is Format.PLAIN:
        return Made(f"{len(rows) - 1} students", as_csv(rows), lists)
    from .spreadsheet import spreadsheet, spreadsheet_lines  # which not everybody has installed

    return Made(f"{len(rows) - 1} students", spreadsheet(rows), lists, spreadsheet_lines)


def _of_term(
    course: Course, kind: Format, roster: Roster, term: Mapping[str, Sequence[Result]], lists: Lists
) -> Made:
    """Return results by assignment in the form of a system that knows results."""
    if kind is Format.JUNIT:
        return Made(f"{len(roster)} students", junit(course.name, roster, term), lists)
    hub, short = course.on_github, {course.short(name): found for name, found in term.items()}
    if kind is Format.GITHUB_CLASSROOM:
        return Made(
            f"{len(roster)} students", as_csv(grade_table(course, hub, roster, short), mark=False), lists
        )
    listed = {
        name: [one for one in found if one.grade.student.casefold() in roster]
        for name, found in short.items()
    }
    written = scores(course, hub, listed)
    held = sum(len(one["entries"]) for one in written["assignments"].values())
    content = msgspec.json.format(msgspec.json.encode(written), indent=1)
    return Made(f"{held} scores that stand and have a time of arrival", content, lists)


def _canvas(
    roster: Roster, columns: Sequence[tuple[str, Mapping[str, Fraction]]], gradebook: bytes, column: str
) -> Made:
    if len(columns) > 1 or not gradebook:
        raise UserError("Canvas: name one assignment or none, and with --out the gradebook that it exported")
    ((heading, found),) = columns
    own = {key: share for key, share in found.items() if key in roster}
    filled = fill(gradebook, column or heading, roster, own)
    lists = {"missing": filled.missing, "others": filled.strangers}
    return Made(f"{len(own) - len(filled.missing)} scores", filled.content, lists)


def _gradescope(roster: Roster, books: Mapping[str, Account], assignments: Sequence[str]) -> Made:
    if len(assignments) != 1:
        raise UserError("Gradescope: name one assignment, for the zip is that assignment's")
    (name,) = assignments
    standings = [(entry.id, books[key].standings[name]) for key, entry in roster.items()]
    lists = {
        "withheld": [f"{who} ({name})" for who, one in standings if one.withheld],
        "ungraded": [f"{who} ({name})" for who, one in standings if not one.submission],
    }
    known = sum(one.points is not None for _, one in standings)
    return Made(f"{known} scores", gradescope_zip(roster, books, name), lists, scores_lines)
