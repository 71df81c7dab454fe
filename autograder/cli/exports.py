"""What other tools read of the results and of the ledger: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UserError
from ..exports.kinds import BY_LEDGER, FILES, Format
from .arguments import JsonOption, ResultsOption, find_root, marked_results, solution
from .ledger import LedgerOption, open_book

if TYPE_CHECKING:
    from ..course import Course
    from ..intake.roster import RosterEntry
    from ..ledger.account import Account

LISTS = {  # who is not in an export
    "withheld": "withheld, a TA must look",
    "ungraded": "nothing graded",
    "open": "no total yet, for so many things are open",
    "unnamed": "left out, for the roster has no identifier of them",
    "missing": "the gradebook has no row of",
    "others": "rows left as they are, for they are nobody's of the roster",
    "strangers": "left out, for the roster has no line",
}


def export(
    roster: Annotated[Path, typer.Option(help="CSV: identifier, github_username, github_id, name.")],
    assignments: Annotated[
        list[str] | None, typer.Argument(help="All that have results, unless some are named.")
    ] = None,
    results: ResultsOption = Path("results"),
    kind: Annotated[
        Format, typer.Option("--as", help="In whose form; canvas, moodle and gradescope are for --finals.")
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
    from ..exports.formats import of_ledger, of_results
    from ..files import write_whole
    from ..intake.roster import read_roster
    from ..show import console

    students, out = read_roster(roster), out or Path(FILES.get(kind, "grades.csv"))
    course = load_course(find_root())
    if kind in BY_LEDGER and not finals:
        raise UserError(f"--as {kind.value} is for what counts by the ledger: add --finals")
    books = _books(course, ledger, students) if finals else None
    if books is None:
        term = {spec.name: found for spec, found in marked_results(results, assignments)}
        made = of_results(course, kind, students, term)
    else:
        names = [solution(one).name for one in assignments or []]
        gradebook = out.read_bytes() if out.is_file() else b""
        made = of_ledger(course, kind, students, books, names, gradebook, column)
    changes = difference(out, made.content, made.lines)
    if not dry_run and (changes or not out.exists()):
        write_whole(out, made.content)
    if nbgrader:
        changes += _to_nbgrader(course, nbgrader, results, assignments, books, dry_run)
    if dry_run:
        lines = [*changes, f"{out}: nothing was written"] if changes else [f"{out}: nothing would change"]
    else:
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
