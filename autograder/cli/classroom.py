"""The class's repositories on GitHub: the template, students' own, and what was pushed to them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ..course import load_course
from ..spec import Assignment, load_assignment
from .arguments import AssignmentArgument, JsonOption, ResultsOption, find_root, solution

if TYPE_CHECKING:
    from ..ledger.events import New

app = typer.Typer(no_args_is_help=True, help="The class's repositories on GitHub.")


@app.command("open")
def open_(
    assignment: AssignmentArgument,
    roster: Annotated[Path, typer.Option(help="CSV: identifier, github_username, github_id, name.")],
    json: JsonOption = False,
) -> None:
    """Give each student of the roster a private repository made from the assignment's template."""
    from ..github.client import connect
    from ..github.opening import open_class
    from ..intake.roster import read_roster
    from ..show import console
    from ..show.classroom import opened_lines

    place = connect(load_course(find_root()), load_assignment(solution(assignment)))
    students = read_roster(roster)
    with console.progress_bar(len(students), json, "opening") as step:
        opened = open_class(place, students.values(), step)
    console.finish(not opened.unknown, msgspec.to_builtins(opened), opened_lines(opened, roster.name), json)


@app.command()
def feedback(
    assignment: AssignmentArgument,
    results: ResultsOption = Path("results"),
    json: JsonOption = False,
) -> None:
    """Tell each student in the feedback pull request: one comment, edited in place.

    Before the due time it shows public checks; then a receipt until course.toml's `published`, if there is
    such a line; then points and all feedback, which `pages = true` in [github] puts on a
    branch as a page, too.
    """
    from ..github.client import connect
    from ..github.comment import Level, level_at
    from ..github.feedback import give_feedback
    from ..intake.marks import read_marked
    from ..show import console
    from ..show.classroom import given_lines

    spec, course, now = load_assignment(solution(assignment)), load_course(find_root()), datetime.now(UTC)
    found = read_marked(results / spec.name, spec, course.by_hand)

    def level(student: str) -> Level:
        return level_at(now, course.due_for(spec.name, student), course.published(spec.name))

    place, folder = connect(course, spec), results / spec.name
    with console.progress_bar(len(found), json, "telling") as step:
        given = give_feedback(place, found, spec, folder, level, now, step)
    console.finish(not given.problems, msgspec.to_builtins(given), given_lines(given), json)


@app.command("list")
def list_(
    file: Annotated[
        Path, typer.Argument(help="Classroom 50's assignments.json; made where it is not there.")
    ] = Path("assignments.json"),
    json: JsonOption = False,
) -> None:
    """Write the assignments that course.toml names into a Classroom 50's assignments.json.

    What that file holds besides, of these and of other assignments, stays as it is.
    """
    from ..errors import UserError
    from ..exports.classroom50 import NONE, add_assignments
    from ..files import write_whole
    from ..show import console

    course = load_course(find_root())
    hub = course.on_github
    chosen = [load_assignment(solution(name)) for name in course.assignments]
    try:
        held = msgspec.json.decode(file.read_bytes()) if file.exists() else NONE
        written = add_assignments(held, course, hub, chosen)
    except (msgspec.DecodeError, UserError) as problem:
        raise UserError(f"{file}: {problem}") from None
    write_whole(file, msgspec.json.format(msgspec.json.encode(written), indent=2) + b"\n")
    console.finish(
        True, {"file": file, "assignments": len(chosen)}, [f"{len(chosen)} assignments in {file}"], json
    )


def fetch_from_github(assignment: Assignment, folder: Path, quiet: bool, latest: bool = False) -> list[str]:
    """Fetch what the class pushed; return a line for each repository that could not be fetched."""
    from ..github.client import connect, repositories
    from ..github.pushed import PAGES, fetch_class
    from ..show import console

    course = load_course(find_root())
    place = connect(course, assignment)
    found, start = repositories(place, folder / PAGES), len(place.prefix) + 1

    def due(repository: str) -> datetime | None:
        return None if latest else course.due_for(assignment.name, repository[start:])

    with console.progress_bar(len(found), quiet, "fetching") as step:
        return fetch_class(place, found, folder, due, step)


def fetch_elsewhere(assignment: Assignment, received: Path, folder: Path, latest: bool = False) -> list[str]:
    """Fetch from other servers what a table of theirs names; return a line for each that did not work."""
    from ..github.elsewhere import TOKEN_ENV, fetch_named

    course = load_course(find_root())
    labels = (course.short(assignment.name), assignment.name)
    starts = [f"{course.classroom}-{label}-".casefold() for label in labels]

    def due(repository: str) -> datetime | None:
        start = next(filter(repository.startswith, starts), "")
        return None if latest else course.due_for(assignment.name, repository.removeprefix(start))

    return fetch_named(received, folder, due, os.environ.get(TOKEN_ENV, ""))


def requests_on_github(
    assignment: Assignment, students: Mapping[str, str], quiet: bool
) -> tuple[list[New], list[str]]:
    """Return the requests that students made by the issue form, and what is wrong with others."""
    from ..github.asking import asked_by_issue
    from ..github.client import connect, repositories
    from ..show import console

    place = connect(load_course(find_root()), assignment)
    found = repositories(place)
    with console.progress_bar(len(found), quiet, "reading") as step:
        return asked_by_issue(place, found, assignment.name, students, step)


def correct(assignment: Assignment, quiet: bool) -> tuple[bool, list[str]]:
    """Offer everybody the template's given files; return whether all went well, and what to say."""
    from ..github.client import connect, repositories
    from ..github.correction import send_correction
    from ..show import console
    from ..show.classroom import sent_lines

    place = connect(load_course(find_root()), assignment)
    found = repositories(place)
    with console.progress_bar(len(found), quiet, "correcting") as step:
        sent = send_correction(place, assignment, found, step)
    return not sent.problems, list(sent_lines(sent))


def release_to_github(assignment: Assignment, root: Path, files: dict[str, bytes]) -> str:
    """Make or update the assignment's template; return a line that says what became of it."""
    from ..github.client import connect
    from ..github.template import release_template

    place = connect(load_course(root), assignment)
    changed = release_template(place, assignment, root, files)
    return f"{place.organisation}/{place.prefix}: {'one commit' if changed else 'nothing changed'}"
