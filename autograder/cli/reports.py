"""What people read of the results, and other tools: report, export."""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape

from ..errors import UserError
from ..spec import Assignment
from ..text import harmless
from .arguments import JsonOption, ResultsOption, RosterOption, chosen_with_results, find_root
from .ledger import LedgerOption, open_book

if TYPE_CHECKING:
    from ..intake.roster import RosterEntry
    from ..pages.audience import Audience
    from ..records import Result


def report(
    assignment: Annotated[str, typer.Argument(help="All that have results, unless one is named.")] = "",
    results: ResultsOption = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("pages"),
    staff: Annotated[bool, typer.Option("--staff", help="Show hidden checks; not to be published.")] = False,
    summary: Annotated[
        Path | None, typer.Option(help="Append the class's table here, for the summary of a workflow's job.")
    ] = None,
    pack: Annotated[bool, typer.Option("--zip", help="Also write a zip for each student.")] = False,
    commit: Annotated[
        Path | None,
        typer.Option(help="Also commit each page to branch feedback of the student's repository in here."),
    ] = None,
    finals: Annotated[
        bool, typer.Option("--finals", help="Also write each student's page of the ledger: what counts.")
    ] = False,
    roster: RosterOption = None,
    ledger: LedgerOption = "",
) -> None:
    """Write each student's feedback page, the class page and, for all assignments, the page over the term."""
    from ..course import load_course
    from ..exports.markdown import as_markdown
    from ..exports.packing import pack as write_zips
    from ..pages.report import FOLDERS, write_term
    from ..pages.report import report as write

    if staff and (pack or commit):
        raise UserError("--zip and --commit are for what students may read: leave out --staff")
    if commit and not assignment:
        raise UserError("--commit is for the repositories of one assignment: name it")
    if commit and load_course(find_root()).github:
        raise UserError(
            "with [github] in course.toml, `autograder classroom feedback` tells students there, "
            "on a branch of theirs too where it says pages = true"
        )
    term = _marked(results, [assignment] if assignment else [])
    audience: Audience = "staff" if staff else "student"
    for spec, found in term:
        *pages, class_page = write(found, spec, out / spec.name, audience)
        folder = out / spec.name / FOLDERS[audience]
        typer.echo(f"{spec.name}: {len(pages)} pages in {folder}; the class: {class_page}")
        if summary:
            with summary.open("a", encoding="utf-8") as file:
                file.write(as_markdown(spec, found))
        if pack:
            zips = write_zips(pages, spec.name, out / spec.name / "zips")
            typer.echo(f"{spec.name}: {len(zips)} zips in {out / spec.name / 'zips'}")
        if commit:
            _committed(pages, spec, found, commit)
    if not assignment:
        typer.echo(f"the term: {write_term(term, load_course(find_root()).name, out, audience)}")
    if finals:
        _write_finals(out, roster, ledger)


def _write_finals(out: Path, roster: Path | None, ledger: str) -> None:
    """Write a page for everybody of the ledger, and of the roster."""
    from ..course import load_course
    from ..intake.roster import read_roster
    from ..ledger.facts import facts_of
    from ..pages.account import FOLDER, write_accounts

    known = read_roster(roster) if roster else {}
    with open_book(ledger) as book:
        facts = facts_of(book.entries(), [entry.id for entry in known.values()])
    names = {key: entry.name for key, entry in known.items()}
    count = write_accounts(load_course(find_root()), facts, names, out)
    typer.echo(f"grades: {count} pages in {out / FOLDER}")


def _committed(pages: list[Path], spec: Assignment, results: list[Result], submissions: Path) -> None:
    """Commit pages to the students' repositories, and say whose has none and how to push."""
    from ..exports.commits import BRANCH, commit_pages
    from ..pipeline import collect_class

    came = collect_class(find_root(), spec, submissions, None, None)
    entries = {one.student: submissions / one.source for one in came if one.source}
    graded = {one.grade.student: one.grade.commit for one in results}
    done = commit_pages(pages, graded, entries, f"Feedback on {spec.title}", datetime.now(UTC))
    for problem in done.problems:
        typer.echo(f"no feedback committed for {harmless(problem)}")
    typer.echo(
        f"{spec.name}: {len(done.written)} commits on branch {BRANCH}, {len(done.unchanged)} as before"
    )
    if done.written:
        typer.echo(f"push them: git -C {submissions}/<repository> push origin {BRANCH}")


class Format(StrEnum):
    """Whose table of grades is written."""

    PLAIN = "plain"
    GITHUB_CLASSROOM = "github-classroom"
    CLASSROOM50 = "classroom50"


def export(
    roster: Annotated[Path, typer.Option(help="CSV: identifier, github_username, github_id, name.")],
    assignments: Annotated[
        list[str] | None, typer.Argument(help="All that have results, unless some are named.")
    ] = None,
    results: ResultsOption = Path("results"),
    kind: Annotated[
        Format, typer.Option("--as", help="A plain CSV, GitHub Classroom's, or Classroom 50's scores.json.")
    ] = Format.PLAIN,
    out: Annotated[Path | None, typer.Option(help="The file to write.")] = None,
    nbgrader: Annotated[
        Path | None, typer.Option(help="Write the scores into this course directory of nbgrader, too.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a table of grades: a line for each student of the roster, empty where no score stands."""
    from ..course import load_course
    from ..exports.grades import as_csv, grade_sheet
    from ..files import write_whole
    from ..intake.roster import read_roster
    from ..show import console

    marked, students, course = (
        _marked(results, assignments or []),
        read_roster(roster),
        load_course(find_root()),
    )
    term = {spec.name: found for spec, found in marked}
    sheet = grade_sheet(students, term, list(course.by_hand))
    if nbgrader:
        from ..frontends.nbgrader_book import write_scores

        for spec, found in marked:
            write_scores(nbgrader, course, spec, found)
    out = out or Path("scores.json" if kind is Format.CLASSROOM50 else "grades.csv")
    said, content = f"{len(students)} students", as_csv(sheet.rows)
    if kind is not Format.PLAIN:
        said, content = _for_classroom(kind, students, term)
    write_whole(out, content)
    lists = {
        "withheld, a TA must look": sheet.withheld,
        "nothing graded": sheet.ungraded,
        "left out, for the roster has no line": sheet.strangers,
    }
    lines = [f"{said} in {out}"]
    lines += [f"{what}: {', '.join(who)}" for what, who in lists.items() if who]
    if kind is Format.PLAIN and not any(one.identifier for one in students.values()):
        lines.append(
            f"its column identifier is empty: name the column of {roster} that it shall be 'identifier'"
        )
    fields = {"students": len(students), "file": out, "withheld": sheet.withheld}
    fields |= {"ungraded": sheet.ungraded, "strangers": sheet.strangers}
    console.finish(not (sheet.withheld or sheet.strangers), fields, map(escape, lines), json)


def _for_classroom(
    kind: Format, roster: dict[str, RosterEntry], term: dict[str, list[Result]]
) -> tuple[str, bytes]:
    """Return what is in the file of a system whose repositories are on GitHub, in words and in bytes."""
    from ..course import load_course
    from ..exports.classroom50 import scores
    from ..exports.githubclassroom import grade_table
    from ..exports.grades import as_csv

    course = load_course(find_root())
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


def _marked(results: Path, named: list[str]) -> list[tuple[Assignment, list[Result]]]:
    """Return the named assignments with their results, marks put in; without names all that have results."""
    from ..course import load_course
    from ..intake.marks import read_marked

    by_hand = load_course(find_root()).by_hand
    specs = chosen_with_results(results, named)
    return [(spec, read_marked(results / spec.name, spec, by_hand)) for spec in specs]
