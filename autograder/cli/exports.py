"""What other tools read of the results and of the ledger: export."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ..errors import UserError
from .arguments import JsonOption, ResultsOption, find_root, marked_results, solution
from .ledger import LedgerOption, open_book

if TYPE_CHECKING:
    from ..course import Course
    from ..intake.roster import RosterEntry
    from ..ledger.account import Account
    from ..records import Result


class Format(StrEnum):
    """Whose table of grades is written."""

    PLAIN = "plain"
    GITHUB_CLASSROOM = "github-classroom"
    CLASSROOM50 = "classroom50"
    CANVAS = "canvas"
    MOODLE = "moodle"


FILES = {Format.CLASSROOM50: "scores.json"}  # where an export goes by itself
LISTS = {  # who is not in an export
    "withheld": "withheld, a TA must look",
    "ungraded": "nothing graded",
    "open": "no total yet, for so many things are open",
    "unnamed": "left out, for the roster has no identifier of them",
    "missing": "the gradebook has no row of",
    "others": "rows left as they are, for they are nobody's of the roster",
    "strangers": "left out, for the roster has no line",
}


@dataclass(frozen=True)
class _Export:
    """What would stand in a file, in words and in bytes, and who is not in it, by why."""

    said: str
    content: bytes
    lists: dict[str, list[str]]  # why, as LISTS has it -> whom that is about


def export(
    roster: Annotated[Path, typer.Option(help="CSV: identifier, github_username, github_id, name.")],
    assignments: Annotated[
        list[str] | None, typer.Argument(help="All that have results, unless some are named.")
    ] = None,
    results: ResultsOption = Path("results"),
    kind: Annotated[
        Format,
        typer.Option(
            "--as",
            help="A plain CSV, GitHub Classroom's, Classroom 50's scores.json; with --finals Canvas, Moodle.",
        ),
    ] = Format.PLAIN,
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    nbgrader: Annotated[
        Path | None, typer.Option(help="Write the scores into this course directory of nbgrader, too.")
    ] = None,
    finals: Annotated[
        bool, typer.Option("--finals", help="What counts by the ledger: late days and all parts.")
    ] = False,
    column: Annotated[
        str, typer.Option(help="Canvas: how the column begins; else as the assignment is called.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Write a table of grades: a line for each student of the roster, empty where no score stands."""
    from ..course import load_course
    from ..exports.difference import difference
    from ..files import write_whole
    from ..intake.roster import read_roster
    from ..show import console

    students, out = read_roster(roster), out or Path(FILES.get(kind, "grades.csv"))
    course = load_course(find_root())
    books = _books(course, ledger, students) if finals else None
    if kind in (Format.CANVAS, Format.MOODLE):
        made = _for_platform(kind, students, books, assignments or [], out, column)
    elif books is None:
        made = _of_results(course, kind, students, results, assignments)
    else:
        made = _of_ledger(course, kind, students, books)
    changes = difference(out, made.content)
    if nbgrader:
        changes += _to_nbgrader(course, nbgrader, results, assignments, books, dry_run)
    if dry_run:
        lines = [*changes, f"{out}: nothing was written"] if changes else [f"{out}: nothing would change"]
    else:
        write_whole(out, made.content)
        lines = [f"{made.said} in {out}"]
    lines += [f"{LISTS[why]}: {', '.join(who)}" for why, who in made.lists.items() if who]
    if kind is Format.PLAIN and not any(one.identifier for one in students.values()):
        lines.append(
            f"its column identifier is empty: name the column of {roster} that it shall be 'identifier'"
        )
    fields = {"students": len(students), "file": out, "changes": changes}
    fields |= {why: made.lists.get(why, []) for why in LISTS}
    ok = not (fields["withheld"] or fields["strangers"])
    console.finish(ok, fields, map(console.safe, lines), json)


def _books(course: Course, ledger: str, students: dict[str, RosterEntry]) -> dict[str, Account]:
    """Return everybody's account, of the roster's students at least."""
    from ..ledger.account import accounts

    with open_book(ledger) as book:
        return accounts(course, book.entries(), [one.id for one in students.values()])


def _of_ledger(
    course: Course, kind: Format, students: dict[str, RosterEntry], books: dict[str, Account]
) -> _Export:
    """Return what counts by the ledger."""
    from ..exports.finals import final_results, final_table
    from ..exports.grades import as_csv

    said, content = f"{len(students)} students", as_csv(final_table(course, students, books))
    if kind is not Format.PLAIN:
        graded = {name: found for name, found in final_results(course, books).items() if found}
        said, content = _for_classroom(course, kind, students, graded)
    waiting = [one for key, one in books.items() if key in students and one.open]
    lists = {
        "open": [f"{one.student} ({len(one.open)})" for one in waiting],
        "strangers": [one.student for key, one in books.items() if key not in students],
    }
    return _Export(said, content, lists)


def _for_platform(
    kind: Format,
    students: dict[str, RosterEntry],
    books: dict[str, Account] | None,
    assignments: list[str],
    out: Path,
    column: str,
) -> _Export:
    """Return what counts for a platform: the final grade, unless assignments are named."""
    from ..exports.canvas import fill
    from ..exports.finals import shares
    from ..exports.grades import as_csv
    from ..exports.moodle import moodle_table

    if books is None:
        raise UserError(f"--as {kind.value} is for what counts by the ledger: add --finals")
    columns = [(short, shares(books, solution(short).name)) for short in assignments]
    columns = columns or [("Final", shares(books, ""))]
    if kind is Format.MOODLE:
        rows, left_out = moodle_table(students, columns)
        lists = {"unnamed": left_out}
        return _Export(f"{len(rows) - 1} students", as_csv(rows).removeprefix(BOM_UTF8), lists)
    if len(columns) > 1 or not out.is_file():
        raise UserError("Canvas: name one assignment or none, and with --out the gradebook that it exported")
    ((heading, found),) = columns
    own = {key: share for key, share in found.items() if key in students}
    filled = fill(out.read_bytes(), column or heading, students, own)
    lists = {"missing": filled.missing, "others": filled.strangers}
    return _Export(f"{len(own) - len(filled.missing)} scores", filled.content, lists)


def _of_results(
    course: Course,
    kind: Format,
    students: dict[str, RosterEntry],
    results: Path,
    assignments: list[str] | None,
) -> _Export:
    """Return what result files say, before anything is taken off for lateness."""
    from ..exports.grades import as_csv, grade_sheet

    term = {spec.name: found for spec, found in marked_results(results, assignments)}
    sheet = grade_sheet(students, term, list(course.by_hand))
    said, content = f"{len(students)} students", as_csv(sheet.rows)
    if kind is not Format.PLAIN:
        said, content = _for_classroom(course, kind, students, term)
    lists = {why: getattr(sheet, why) for why in ("withheld", "ungraded", "strangers")}
    return _Export(said, content, lists)


def _to_nbgrader(
    course: Course,
    folder: Path,
    results: Path,
    assignments: list[str] | None,
    books: dict[str, Account] | None,
    dry_run: bool,
) -> list[str]:
    """Write scores, and by the ledger what lateness takes, into nbgrader's gradebook; return what changes."""
    from ..exports.finals import late_points
    from ..frontends.nbgrader_book import changes_of, write_scores

    changes = list[str]()
    for spec, found in marked_results(results, assignments):
        late = None if books is None else late_points(books, spec.name)
        changes += changes_of(folder, course, spec, found, late)
        if not dry_run:
            write_scores(folder, course, spec, found, late)
    return changes


def _for_classroom(
    course: Course, kind: Format, roster: dict[str, RosterEntry], term: dict[str, list[Result]]
) -> tuple[str, bytes]:
    """Return what is in the file of a system whose repositories are on GitHub, in words and in bytes."""
    from ..exports.classroom50 import scores
    from ..exports.githubclassroom import grade_table
    from ..exports.grades import as_csv

    hub, short = course.on_github, {course.short(name): found for name, found in term.items()}
    if kind is Format.GITHUB_CLASSROOM:
        table = as_csv(grade_table(course, hub, roster, short)).removeprefix(BOM_UTF8)
        return f"{len(roster)} students", table
    listed = {
        name: [one for one in found if one.grade.student.casefold() in roster]
        for name, found in short.items()
    }
    written = scores(course, hub, listed)
    held = sum(len(one["entries"]) for one in written["assignments"].values())
    said = f"{held} scores that stand and have a time of arrival"
    return said, msgspec.json.format(msgspec.json.encode(written), indent=1)
