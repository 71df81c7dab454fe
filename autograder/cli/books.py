"""What the course's books say: of one student, of everybody, and event by event."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from ..course import load_course
from ..errors import UserError
from ..text import did_you_mean
from .arguments import JsonOption, find_root, solution
from .ledger import ClassOption, LedgerOption, open_book

if TYPE_CHECKING:
    from ..ledger.events import Entry


def why(
    student: str,
    assignment: Annotated[str, typer.Argument(help="Such as a04; else everything.")] = "",
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Show each step from what the checks said to what counts."""
    from ..ledger.account import accounts
    from ..ledger.people import the_student
    from ..show import console
    from ..show.ledger import account_fields, account_lines

    course = load_course(find_root())
    with open_book(ledger) as book:
        entries = book.entries()
    one = accounts(course, entries)[the_student(entries, student, None).casefold()]
    name = solution(assignment).name if assignment else ""
    if name and name not in one.standings:
        raise UserError(f"course.toml names no {name}; {did_you_mean(name, one.standings)}")
    console.finish(True, account_fields(course, one, name), account_lines(course, one, name), json)


def class_(
    roster: ClassOption = None,
    page: Annotated[Path | None, typer.Option(help="Also write it as a page, for staff only.")] = None,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Show what everybody has in each assignment and part, and what it comes to."""
    from ..intake.roster import read_roster
    from ..ledger.account import accounts
    from ..ledger.regrading import requests
    from ..pages.overview import write_overview
    from ..show import console
    from ..show.ledger import account_fields, class_table

    course, known = load_course(find_root()), read_roster(roster) if roster else {}
    with open_book(ledger) as book:
        entries = book.entries()
    found = accounts(course, entries, [entry.id for entry in known.values()])
    everybody = sorted(found.values(), key=lambda one: one.student)
    fields = {"students": [account_fields(course, one, "") for one in everybody], "page": page}
    lines = list(class_table(course, everybody))
    if page:
        names = {key: entry.name for key, entry in known.items()}
        lines.append(f"the page: {write_overview(course, found, requests(course, entries), names, page)}")
    console.finish(True, fields, lines, json)


def list_(
    student: Annotated[str, typer.Option(help="Only what concerns one student.")] = "",
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Show the events, in the order in which they were entered."""
    from ..ledger.events import Regraded
    from ..show import console
    from ..show.ledger import event_table

    def concerns(entry: Entry) -> bool:
        about = entry.event.grades if isinstance(entry.event, Regraded) else [entry.student]
        return not student or student.casefold() in [name.casefold() for name in about]

    with open_book(ledger) as book:
        found = [entry for entry in book.entries() if concerns(entry)]
    rows = [_row(entry) for entry in found]
    console.finish(True, {"events": rows}, event_table(load_course(find_root()), found), json)


def _row(entry: Entry) -> dict[str, Any]:
    fields = {"number": entry.number, "at": entry.at, "who": entry.who, "student": entry.student}
    return {**fields, **msgspec.to_builtins(entry.event)}
