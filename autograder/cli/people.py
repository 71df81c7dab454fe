"""What people decide, and what helps them to: viva."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ..errors import UserError
from ..spec import load_assignment
from ..text import nearest
from .arguments import AssignmentArgument, JsonOption, ReceivedOption, RosterOption, find_root, solution


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
