"""What people mark by rubrics: entered, counted, agreed on, handed on to the final grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..course import load_course
from ..errors import UserError
from ..spec import load_assignment
from .arguments import AssignmentArgument, JsonOption, ResultsOption, RosterOption, find_root, solution

if TYPE_CHECKING:
    from ..intake.rubricmarks import Entered
    from ..rubric import Rubric

app = typer.Typer(no_args_is_help=True, help="What people mark by the rubrics in rubrics/.")
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
DeliverableArgument = Annotated[str, typer.Argument(help="A deliverable that has a rubric, such as review.")]


@dataclass(frozen=True)
class Table:
    """The table of all marks, read."""

    path: Path
    rubrics: Mapping[str, Rubric]
    students: list[str] | None  # of the roster
    entered: Sequence[Entered]


def read_table_of(results: Path, roster: Path | None) -> Table:
    """Read the rubrics, and the marks that stand in a folder of results."""
    from ..coursework.labs import lab_rubrics
    from ..intake.roster import read_roster
    from ..intake.rubricmarks import MARKS, read_entered
    from ..rubric import load_rubrics

    root, path = find_root(), results / MARKS
    rubrics = load_rubrics(root) | lab_rubrics(root)
    students = [one.id for one in read_roster(roster).values()] if roster else None
    return Table(path, rubrics, students, read_entered(path, rubrics, students))


def rubric_in(table: Table, deliverable: str) -> Rubric:
    """Return a deliverable's rubric; raises UserError."""
    from ..rubric import rubric_of

    try:
        return rubric_of(table.rubrics, deliverable)
    except ValueError as problem:
        raise UserError(str(problem)) from None


def _enter(table: Table, new: Sequence[Entered], dry_run: bool, json: bool) -> None:
    from ..coursework.entering import merged, write_entered
    from ..show import console

    whole, told = merged(table.entered, new)
    if told and not dry_run:
        write_entered(table.path, whole)
    would = "would change" if dry_run else "changed"
    lines = [*map(console.safe, told), f"{len(told)} of {len(new)} marks {would} in {table.path}"]
    console.finish(True, {"changed": told, "file": table.path, "dry_run": dry_run}, lines, json)


@app.command("set")
def set_(
    student: str,
    deliverable: DeliverableArgument,
    criterion: Annotated[str, typer.Argument(help="The id of a criterion of its rubric.")],
    points: str,
    marker: Annotated[str, typer.Option(help="Who marks; `agreed` settles where markers are apart.")],
    comment: Annotated[str, typer.Option(help="What the student shall read.")] = "",
    roster: RosterOption = None,
    results: ResultsOption = Path("results"),
    dry_run: DryRun = False,
    json: JsonOption = False,
) -> None:
    """Enter one mark, or put another in its place."""
    from ..intake.rubricmarks import COLUMNS, checked

    table = read_table_of(results, roster)
    row = dict(zip(COLUMNS, (student, deliverable, criterion, marker, points, comment), strict=True))
    try:
        new = checked(row, table.rubrics, table.students)
    except ValueError as problem:
        raise UserError(str(problem)) from None
    _enter(table, [new], dry_run, json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: student, deliverable, criterion, marker, points.")],
    roster: RosterOption = None,
    results: ResultsOption = Path("results"),
    dry_run: DryRun = False,
    json: JsonOption = False,
) -> None:
    """Enter a marker's whole table; again changes nothing."""
    from ..intake.rubricmarks import read_entered

    if not file.is_file():
        raise UserError(f"{file}: no such file")
    table = read_table_of(results, roster)
    _enter(table, read_entered(file, table.rubrics, table.students), dry_run, json)


@app.command()
def formgrader(
    folder: Annotated[Path, typer.Argument(help="Course directory of nbgrader.")],
    assignment: AssignmentArgument,
    marker: Annotated[str, typer.Option(help="Who marked there.")],
    roster: RosterOption = None,
    results: ResultsOption = Path("results"),
    dry_run: DryRun = False,
    json: JsonOption = False,
) -> None:
    """Enter what somebody gave a lab's answers in nbgrader's formgrader; again changes nothing."""
    from ..coursework.labs import LAB
    from ..frontends.nbgrader_book import marked_by_hand
    from ..intake.rubricmarks import COLUMNS, checked

    table, spec = read_table_of(results, roster), load_assignment(solution(assignment))
    deliverable, new, slips = f"{LAB}_{spec.name.split('_')[0]}", [], list[str]()
    for student, number, points, comment in marked_by_hand(folder, load_course(find_root()), spec):
        values = (student, deliverable, f"question_{number}", marker, f"{points:g}", comment)
        try:
            new.append(checked(dict(zip(COLUMNS, values, strict=True)), table.rubrics, table.students))
        except ValueError as problem:
            slips.append(f"question {number} of {student}: {problem}")
    if slips:
        raise UserError("\n".join(slips))
    _enter(table, new, dry_run, json)


@app.command()
def attendance(
    sheet: Annotated[
        Path, typer.Argument(help="CSV: student, and a column for each lecture: x, e or empty.")
    ],
    roster: RosterOption = None,
    results: ResultsOption = Path("results"),
    dry_run: DryRun = False,
    json: JsonOption = False,
) -> None:
    """Enter who was there, from a sheet by lecture; e stands for excused."""
    from ..coursework.attendance import from_sheet

    table = read_table_of(results, roster)
    _enter(table, from_sheet(sheet, rubric_in(table, "attendance"), table.students), dry_run, json)


@app.command()
def show(
    deliverable: DeliverableArgument,
    roster: RosterOption = None,
    results: ResultsOption = Path("results"),
    json: JsonOption = False,
) -> None:
    """Show a deliverable's marks, what is open or to be agreed on, and how far markers agree."""
    from msgspec import to_builtins

    from ..coursework.agreement import agreements
    from ..intake.rubricmarks import marked
    from ..show import console
    from ..show.marks import agreement_table, marks_table

    table = read_table_of(results, roster)
    rubric = rubric_in(table, deliverable)
    own = [one for one in table.entered if one.deliverable == deliverable]
    found = marked(own, table.rubrics).get(deliverable, {})
    agreed = list(agreements(own, table.rubrics))
    missing = [student for student in table.students or () if student not in found]
    ok = not missing and all(one.points is not None for one in found.values())
    rows = [{**to_builtins(one), "points": one.points} for one in found.values()]
    fields = {"marks": rows, "missing": missing, "agreement": [asdict(one) for one in agreed]}
    console.finish(ok, fields, [*marks_table(rubric, found, missing), *agreement_table(rubric, agreed)], json)


@app.command()
def parts(
    out: Annotated[Path, typer.Option(help="The table to write.")] = Path("parts.csv"),
    roster: RosterOption = None,
    results: ResultsOption = Path("results"),
    json: JsonOption = False,
) -> None:
    """Write what the marks come to in each part of the final grade: for `autograder ledger mark`."""
    from ..coursework.entering import parts as parts_of
    from ..files import write_whole
    from ..intake.rubricmarks import marked
    from ..show import console

    table = read_table_of(results, roster)
    content, lacking = parts_of(marked(table.entered, table.rubrics), table.rubrics)
    write_whole(out, content)
    lines = [f"{len(content.splitlines()) - 1} lines in {out}: autograder ledger mark {out}"]
    lines += [console.safe(f"left out: {who}, open: {', '.join(what)}") for who, what in lacking.items()]
    console.finish(not lacking, {"file": out, "lacking": lacking}, lines, json)


@app.command()
def labs(
    roster: RosterOption = None, results: ResultsOption = Path("results"), json: JsonOption = False
) -> None:
    """Put what labs came to, question by question, into their assignments' marks.csv; open ones are left."""
    from ..coursework.labs import LAB, write_labs
    from ..intake.marks import MARKS
    from ..intake.rubricmarks import marked
    from ..show import console

    table = read_table_of(results, roster)
    put, waiting = dict[str, int](), list[str]()
    for name, marks in marked(table.entered, table.rubrics).items():
        if not table.rubrics[name].part:
            assignment = solution(name.removeprefix(f"{LAB}_")).name
            put[assignment] = write_labs(marks.values(), results / assignment / MARKS)
            waiting += [f"{name} of {who}" for who, one in marks.items() if one.points is None]
    lines = [f"{count} labs in {results / assignment / MARKS}" for assignment, count in put.items()]
    lines += [console.safe(f"left out, open: {', '.join(waiting)}")] if waiting else []
    console.finish(not waiting, {"put": put, "open": waiting}, lines, json)
