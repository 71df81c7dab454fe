"""The course's books: what enters them, and how they are kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..course import load_course
from ..errors import UserError
from .arguments import JsonOption, ResultsOption, chosen_with_results, find_root, moment, solution

if TYPE_CHECKING:
    from ..ledger.book import Book

app = typer.Typer(no_args_is_help=True, help="The course's books: events, and grades that follow from them.")
LEDGER_ENV = "AUTOGRADER_LEDGER"
LedgerOption = Annotated[
    str,
    typer.Option(
        "--ledger", help=f"sqlite:///FILE or postgresql+psycopg://…; else {LEDGER_ENV}, else ledger.db here."
    ),
]
ReasonOption = Annotated[str, typer.Option(help="Why: it is kept, and the student may be told.")]
ClassOption = Annotated[Path | None, typer.Option("--roster", help="CSV of the class: who may be named.")]


def open_book(url: str) -> Book:
    """Open the ledger that is meant: use it in a `with`."""
    from ..ledger.book import Book

    return Book(url or os.environ.get(LEDGER_ENV) or f"sqlite:///{find_root() / 'ledger.db'}")


@app.command()
def add(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="All that have results, unless some are named.")
    ] = None,
    results: ResultsOption = Path("results"),
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Enter what result files and their marks.csv say and the ledger does not; again changes nothing.

    Whoever was graded before on the same commit keeps that: `autograder regrade --all` shows who would move.
    """
    from ..intake.marks import read_marked
    from ..ledger.entering import enter_new
    from ..results.store import read_results
    from ..show import console

    course, told, lines = load_course(find_root()), {}, []
    with open_book(ledger) as book:
        for spec in chosen_with_results(results, assignments):
            folder = results / spec.name
            plain, marked = read_results(folder), read_marked(folder, spec, course.by_hand)
            entered, moved = enter_new(book, plain, marked)
            told[spec.name] = {"entered": entered, "would_move": sorted(moved)}
            lines.append(f"{spec.name}: {entered} events entered")
            if moved:
                lines.append(f"  {len(moved)} would move: autograder regrade --all {course.short(spec.name)}")
    console.finish(True, {"assignments": told}, lines, json)


@app.command()
def mark(
    table: Annotated[Path, typer.Argument(help="CSV: student, what, points, most, comment, received_at.")],
    roster: ClassOption = None,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Enter marks of attendance, participation, review and project; again changes nothing."""
    from ..ledger.marking import new_marks, read_marks
    from ..ledger.people import known_students
    from ..show import console

    with open_book(ledger) as book:
        marks = read_marks(table, known_students(book.entries(), roster))
        new = book.enter(lambda held: new_marks(marks, held))
    lines = [f"{len(new)} marks entered, {len(marks) - len(new)} as before"]
    console.finish(True, {"entered": len(new), "same": len(marks) - len(new)}, lines, json)


@app.command()
def extend(
    student: str,
    what: Annotated[str, typer.Argument(help="An assignment, such as a04; or review or project.")],
    until: Annotated[str, typer.Argument(help="2026-10-15T23:59:59, in the course's zone or with its own.")],
    reason: ReasonOption,
    roster: ClassOption = None,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Give one student longer; of several extensions the longest holds."""
    from ..ledger.events import Extended
    from ..ledger.people import the_student

    course = load_course(find_root())
    parts = course.late.none_after
    name = what if what in parts else solution(what).name
    due, end = parts.get(name) or course.due(name), moment(course, until)
    if due is None or end <= due:
        raise UserError(f"{name} is due {due or 'at no time'} for everybody: {until} is no longer than that")
    with open_book(ledger) as book:
        _enter(book, json, the_student(book.entries(), student, roster), Extended(name, end, reason))


@app.command()
def choose(
    student: str,
    assignment: Annotated[str, typer.Argument(help="Such as a04.")],
    commit: Annotated[str, typer.Argument(help="The beginning of the commit that shall count.")],
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Say which submission counts, where course.toml has counts = "chosen"."""
    from ..ledger.events import Chosen
    from ..ledger.facts import facts_of
    from ..ledger.people import the_student

    name = solution(assignment).name
    with open_book(ledger) as book:
        who = the_student(book.entries(), student, None)
        there = list(facts_of(book.entries())[who.casefold()].gradings.get(name, {}))
        matching = [one for one in there if one and one.startswith(commit)]
        if len(matching) != 1:
            raise UserError(f"no one commit of {who} begins with {commit!r}; graded are {', '.join(there)}")
        _enter(book, json, who, Chosen(name, matching[0]))


@app.command()
def void(
    event: Annotated[int, typer.Argument(help="Its number, as `autograder ledger list` shows it.")],
    reason: ReasonOption,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Say that an event was entered by mistake: it stays in the ledger and counts no longer."""
    from ..ledger.events import Voided

    with open_book(ledger) as book:
        found = next((one for one in book.entries() if one.number == event), None)
        if found is None or isinstance(found.event, Voided):
            raise UserError(f"there is no event {event} to take back; `autograder ledger list` shows them")
        _enter(book, json, found.student, Voided(event, reason))


@app.command()
def verify(
    head: Annotated[str, typer.Option(help="A hash noted earlier: is it in the chain still?")] = "",
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Check the chain of hashes over all events; note the last hash somewhere else."""
    from ..show import console

    with open_book(ledger) as book:
        count, last, held = len(book.entries()), book.head(), not head or book.holds(head)
    lines = [f"{count} events, unbroken; the last hash is {last or 'none'}"]
    lines += [] if held else [f"{head} is not among them: events that were there are gone"]
    console.finish(held, {"events": count, "head": last}, lines, json)


@app.command()
def backup(file: Path, ledger: LedgerOption = "", json: JsonOption = False) -> None:
    """Write all events with their hashes into a file."""
    from ..show import console

    with open_book(ledger) as book:
        count = book.backup(file)
    console.finish(True, {"events": count, "file": file}, [f"{count} events in {file}"], json)


@app.command()
def restore(file: Path, ledger: LedgerOption = "", json: JsonOption = False) -> None:
    """Enter a backup into a ledger that is empty, or holds its beginning."""
    from ..show import console

    with open_book(ledger) as book:
        count = book.restore(file)
    console.finish(True, {"events": count}, [f"{count} events restored"], json)


def _enter(book: Book, json: bool, student: str, event: Any) -> None:
    """Enter one event and say so."""
    from ..show import console

    (entry,) = book.enter(lambda _: [(student, event)])
    console.finish(True, {"event": entry.number}, [f"entered as event {entry.number}"], json)
