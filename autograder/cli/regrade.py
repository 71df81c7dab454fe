"""Another look at a grade: who asks, what a disputed check does, what is decided, whom mended checks move."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ..course import load_course
from ..errors import UserError
from ..spec import load_assignment
from .arguments import (
    AssignmentArgument,
    JsonOption,
    ReceivedOption,
    ResultsOption,
    RosterOption,
    TreeArgument,
    find_root,
    moment,
    solution,
)
from .classroom import requests_on_github
from .ledger import ClassOption, LedgerOption, ReasonOption, open_book

if TYPE_CHECKING:
    from ..ledger.events import Entry, New

app = typer.Typer(invoke_without_command=True, no_args_is_help=True)


@app.callback()
def regrade(
    context: typer.Context,
    everybody: Annotated[str, typer.Option("--all", help="An assignment whose checks were mended.")] = "",
    publish: Annotated[
        bool, typer.Option("--publish", help="Enter it, as one event; else only show it.")
    ] = False,
    reason: Annotated[str, typer.Option(help="What was mended; needed to publish.")] = "",
    results: ResultsOption = Path("results"),
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Requests for another look, and regrading everybody.

    `--all a04` shows who would move by what `autograder grade` says now, by how much and why; with
    `--publish` all of them move, in one event.
    """
    if context.invoked_subcommand:
        return
    if not everybody:
        raise UserError("say --all and an assignment, or one of ask, read, list, show and decide")
    if publish and not reason:
        raise UserError("--publish needs --reason: what was mended; students may be told")
    from ..ledger.entering import compare
    from ..ledger.events import Regraded
    from ..ledger.regrading import left_behind, moves
    from ..results.store import read_results
    from ..show import console
    from ..show.ledger import left_lines, move_fields, move_table

    root = find_root()
    name, now = solution(everybody).name, datetime.now(UTC)
    with open_book(ledger) as book:
        held, plain = book.entries(), read_results(results / name)
        moved, left = compare(plain, plain, held).moved, left_behind(name, plain, held)
        found = moves(load_course(root), name, moved, held, now)
        number = 0
        if publish and moved:

            def plan(entries: list[Entry]) -> list[New]:
                if entries != held:
                    raise UserError("somebody else wrote to the ledger meanwhile: look again, then publish")
                return [("", Regraded(name, reason, moved))]

            number = book.enter(plan)[0].number
    said = f"published as event {number}" if number else "nothing was published"
    count = f"{len(found)} moved" if number else f"{len(found)} would move"
    fields = {"moves": [move_fields(one) for one in found], "event": number, "left": left}
    console.finish(True, fields, (*move_table(found), count, said, *left_lines(left)), json)


@app.command()
def ask(
    student: str,
    assignment: AssignmentArgument,
    check: Annotated[str, typer.Argument(help="The check's first words, as the feedback gives them.")],
    reason: ReasonOption,
    at: Annotated[str, typer.Option(help="When it was asked; now, unless it is given.")] = "",
    roster: ClassOption = None,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Enter one request, as somebody makes it by word or by mail."""
    from ..ledger.events import Asked
    from ..ledger.people import the_student
    from ..show import console

    when = moment(load_course(find_root()), at) if at else datetime.now(UTC)
    asked = Asked(solution(assignment).name, check, reason, when)
    with open_book(ledger) as book:
        who = the_student(book.entries(), student, roster)
        (entry,) = book.enter(lambda _: [(who, asked)])
    console.finish(True, {"event": entry.number}, [f"request {entry.number} entered"], json)


@app.command()
def read(
    table: Annotated[
        Path | None, typer.Argument(help="CSV: student, assignment, check, reason, asked_at.")
    ] = None,
    github: Annotated[
        str, typer.Option(help="An assignment: the issues of the form in its repositories on GitHub.")
    ] = "",
    roster: ClassOption = None,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Enter the requests of a table, or of the issue form; those that are there already are passed over."""
    from ..ledger.asking import not_asked_yet, read_requests
    from ..ledger.people import known_students
    from ..show import console

    if bool(table) == bool(github):
        raise UserError("name a table, or with --github an assignment")
    problems = list[str]()
    with open_book(ledger) as book:
        students, missing = known_students(book.entries(), roster), not_asked_yet
        if table:
            found = read_requests(table, students, lambda text: solution(text).name)
        else:
            from ..github.asking import not_read_yet

            missing = not_read_yet
            found, problems = requests_on_github(load_assignment(solution(github)), students, json)
        new = book.enter(lambda held: missing(found, held))
    lines = [f"{len(new)} requests entered, {len(found) - len(new)} were there", *problems]
    fields = {"entered": len(new), "same": len(found) - len(new), "problems": problems}
    console.finish(not problems, fields, map(console.safe, lines), json)


@app.command("list")
def list_(
    undecided: Annotated[bool, typer.Option("--open", help="Only those that nobody decided yet.")] = False,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Show the requests, whether they came in time, and what was decided."""
    from ..ledger.regrading import requests
    from ..show import console
    from ..show.ledger import request_lines

    course = load_course(find_root())
    with open_book(ledger) as book:
        found = [one for one in requests(course, book.entries()) if not (undecided and one.decided)]
    rows = [
        {"number": one.number, "student": one.student, "in_time": one.in_time, "until": one.until}
        | msgspec.to_builtins({"asked": one.asked, "decided": one.decided})
        for one in found
    ]
    console.finish(True, {"requests": rows}, request_lines(course, found), json)


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="Of the request.")],
    submissions: TreeArgument,
    results: ResultsOption = Path("results"),
    check: Annotated[str, typer.Option(help="The check's name, where its first words do not tell.")] = "",
    roster: RosterOption = None,
    received: ReceivedOption = None,
    ledger: LedgerOption = "",
) -> None:
    """Show a request, each step to the score, and the disputed check run once more in the sandbox."""
    from ..ledger.account import accounts
    from ..ledger.asking import check_named
    from ..ledger.regrading import request_of
    from ..replaying import replay
    from ..results.store import read_result
    from ..show import console
    from ..show.ledger import account_lines, request_lines

    root = find_root()
    course = load_course(root)
    with open_book(ledger) as book:
        entries = book.entries()
    one = request_of(course, entries, number)
    spec = load_assignment(solution(one.asked.assignment))
    console.show(request_lines(course, [one]))
    console.show(account_lines(course, accounts(course, entries)[one.student.casefold()], spec.name))
    result = read_result(results / spec.name / f"{one.student}.json")
    name = check_named(result, check or one.asked.check)
    text = replay(root, spec, one.student, name, submissions, results, roster, received)
    console.out.print(text, markup=False)


@app.command()
def decide(
    number: Annotated[int, typer.Argument(help="Of the request.")],
    reason: ReasonOption,
    granted: Annotated[bool, typer.Option("--granted/--refused", help="What was decided.")],
    task: Annotated[str, typer.Option(help="Rule on this task, in place of its checks.")] = "",
    points: Annotated[float, typer.Option(help="What it earns, more or less than before.")] = -1,
    anyway: Annotated[bool, typer.Option("--anyway", help="Grant it although it came too late.")] = False,
    ledger: LedgerOption = "",
    json: JsonOption = False,
) -> None:
    """Answer a request with a reason; what it rules may raise the score or lower it."""
    from ..ledger.regrading import decide as answer
    from ..show import console

    if bool(task) != (points >= 0):
        raise UserError("--task and --points belong together: --task q_sample --points 8")
    ruling = (task, points) if task else None
    course = load_course(find_root())
    with open_book(ledger) as book:
        (entry,) = book.enter(lambda held: answer(held, course, number, granted, reason, ruling, anyway))
    console.finish(True, {"event": entry.number}, [f"entered as event {entry.number}"], json)
