"""The arguments that several verbs take, and the folders that they stand for."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..course import Course
from ..errors import UserError
from ..spec import Assignment, assignment_folders, find_assignment, load_assignment

if TYPE_CHECKING:
    from ..records import Result

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
AssignmentArgument = Annotated[str, typer.Argument(help="An assignment, such as a04.")]
TreeArgument = Annotated[Path, typer.Argument(help="Folder with one repository, folder or zip per student.")]
RosterOption = Annotated[Path | None, typer.Option(help="CSV: identifier, github_username, github_id, name.")]
ReceivedOption = Annotated[Path | None, typer.Option(help="CSV: student, received_at, commit (optional).")]
LatestOption = Annotated[
    bool, typer.Option("--latest", help="Take what came last also where something came in time.")
]
ResultsOption = Annotated[Path, typer.Option(help="Folder with the result files.")]
FRONT_ENDS = "front_ends"  # where releases for other systems go; git ignores it


class Weak(StrEnum):
    """What a front end's container does where its sandbox is below level full."""

    WITHHOLD = "withhold"
    PRACTICE = "practice"


def find_root() -> Path:
    """Return the repository's root, from any folder inside it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "assignments").is_dir() and (folder / "autograder").is_dir():
            return folder
    raise UserError(f"{here}: not inside the course's repository; change to its folder and try again")


def solution(assignment: str) -> Path:
    """Return the folder of an assignment's solution."""
    return find_assignment(find_root(), assignment)


def graded_tree(root: Path) -> str:
    """Return where a repository has its assignments whole: a student's copy holds only what was released."""
    return "solutions" if (root / "solutions").is_dir() else "assignments"


def only_assignment(query: str) -> Path:
    """Return the folder of the named assignment; of the only one there when none is named."""
    root = find_root()
    tree = graded_tree(root)
    folders = assignment_folders(root / tree)
    if not query and len(folders) == 1:
        return folders[0]
    if not query:
        raise UserError(f"{tree}/ holds {len(folders)} assignments: say which one with --assignment")
    return find_assignment(root, query, tree)


def chosen_solutions(assignments: list[str] | None) -> list[Path]:
    """Return the folders of the named assignments' solutions; of all when none is named."""
    if assignments:
        return [solution(one) for one in assignments]
    return assignment_folders(find_root() / "solutions")


def chosen_with_results(results: Path, assignments: list[str] | None) -> list[Assignment]:
    """Return the named assignments; without names all that have results."""
    known = assignment_folders(find_root() / "solutions")
    there = [folder for folder in known if any((results / folder.name).glob("*.json"))]
    folders = [solution(name) for name in assignments] if assignments else there
    if not folders:
        raise UserError(f"{results}: no result files; run `autograder grade` first")
    return [load_assignment(folder) for folder in folders]


def marked_results(results: Path, named: list[str] | None) -> list[tuple[Assignment, list[Result]]]:
    """Return the named assignments with their results, marks put in; without names all that have results."""
    from ..course import load_course
    from ..intake.marks import read_marked

    by_hand = load_course(find_root()).by_hand
    specs = chosen_with_results(results, named)
    return [(spec, read_marked(results / spec.name, spec, by_hand)) for spec in specs]


def moment(course: Course, text: str) -> datetime:
    """Return a time of the command line in UTC; one without a zone is in the course's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is no time: write 2026-10-15T23:59:59") from None
    return (found if found.tzinfo else found.replace(tzinfo=course.clock)).astimezone(UTC)
