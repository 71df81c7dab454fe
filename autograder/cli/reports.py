"""What people read of the results: report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UserError
from ..spec import Assignment
from ..text import harmless
from .arguments import ResultsOption, RosterOption, find_root, marked_results
from .ledger import LedgerOption, open_book

if TYPE_CHECKING:
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
    term = marked_results(results, [assignment] if assignment else [])
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
