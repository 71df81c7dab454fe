"""What people decide, and what helps them to: viva, similarity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ..errors import UserError
from ..spec import load_assignment
from ..text import nearest
from .arguments import (
    AssignmentArgument,
    JsonOption,
    ReceivedOption,
    RosterOption,
    TreeArgument,
    find_root,
    solution,
)


def viva(
    assignment: AssignmentArgument,
    student: Annotated[str, typer.Argument(help="Whose hand-in.")],
    submissions: Annotated[
        Path, typer.Argument(help="Folder with one repository, folder or zip per student.")
    ] = Path("submissions"),
    questions: Annotated[int, typer.Option(min=1, max=20, help="How many.")] = 4,
    draw: Annotated[int, typer.Option(min=1, help="Another number draws other questions.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the two pages.")] = Path("viva"),
    roster: RosterOption = None,
    received: ReceivedOption = None,
    json: JsonOption = False,
) -> None:
    """Draw questions about a student's own code, with answers that running it gave: ten minutes to talk.

    It gives no points. The student sees questions.html, the TA answers.html.
    """
    from ..keys import key_for

    spec = load_assignment(solution(assignment))
    key = key_for(spec.name)
    from ..judging.judge import Judge
    from ..pipeline import collect_class
    from ..seeds import student_seed
    from ..show import console
    from ..show.people import viva_lines
    from ..viva.drawing import draw as drawn
    from ..viva.page import write_viva

    found = {
        one.student.casefold(): one for one in collect_class(find_root(), spec, submissions, roster, received)
    }
    one = found.get(student.casefold())
    if one is None:
        hint = nearest(student, [known.student for known in found.values()])
        raise UserError(f"{submissions}: nothing there belongs to {student}{hint}")
    with Judge(spec) as judge:
        whole = drawn(judge, one, student_seed(key, one.student), questions, draw)
    pages = write_viva(whole, out)
    fields = {**msgspec.to_builtins(whole), "pages": pages}
    console.finish(bool(whole.questions), fields, viva_lines(whole, pages), json)


def similarity(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    earlier: Annotated[
        list[str] | None,
        typer.Option(help="An earlier year's folder, as 2025=../2025/submissions; may be repeated."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("similarity"),
    roster: RosterOption = None,
    received: ReceivedOption = None,
    json: JsonOption = False,
) -> None:
    """Flag pairs of hand-ins that are far more alike than the class is, for a person to look at.

    It gives no points and takes none. Skeletons and given code are set aside.
    """
    from ..likeness.fingerprints import given_runs, text_of
    from ..likeness.flags import compare, pairs_of
    from ..likeness.page import write_pages
    from ..pipeline import collect_class
    from ..show import console
    from ..show.people import likeness_lines
    from ..sources.given import released_python

    spec, root = load_assignment(solution(assignment)), find_root()
    given = given_runs(released_python(spec))
    years = [_year(one) for one in earlier or ()]
    texts = [
        text_of(one.student, one.files, given)
        for one in collect_class(root, spec, submissions, roster, received)
    ]
    before = [
        text_of(f"{year}/{one.student}", one.files, given)
        for year, folder in years
        for one in collect_class(root, spec, folder, None, None)
    ]
    with console.progress_bar(pairs_of(texts, before), json, "comparing") as step:
        found = compare(texts, before, step)
    pages = write_pages(found, spec, out / spec.name)
    rows = [{"one": pair.one.who, "other": pair.other.who, "share": pair.share} for pair in found.flagged]
    fields = {"pairs": len(found.pairs), "bound": found.bound, "flagged": rows, "short": found.short}
    console.finish(True, {**fields, "pages": pages}, likeness_lines(found, pages[0]), json)


def _year(text: str) -> tuple[str, Path]:
    year, equals, folder = text.partition("=")
    if not (year and equals and Path(folder).is_dir()):
        raise UserError(
            f"--earlier {text}: write a name and a folder that is there: 2025=../2025/submissions"
        )
    return year, Path(folder)
