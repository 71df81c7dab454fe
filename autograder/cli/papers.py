"""What is done with written work besides marking it: looked at before people read it, and read by peers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UserError
from .arguments import JsonOption, RosterOption, find_root
from .marks import DeliverableArgument, Table, read_table_of, rubric_in

if TYPE_CHECKING:
    from ..rubric import Rubric


def forms(
    deliverable: DeliverableArgument,
    roster: Annotated[Path, typer.Option(help="CSV: identifier, github_username, github_id, name.")],
    each: Annotated[int, typer.Option(min=1, help="How many works everybody reads.")] = 2,
    draw: Annotated[int, typer.Option(min=1, help="Another number draws other readers.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the forms, by reader.")] = Path("peers"),
    json: JsonOption = False,
) -> None:
    """Draw who reads whose work, and write the peers' forms; a form that is there stays as it is."""
    from ..coursework.peers import readers, write_forms
    from ..seeds import Seed
    from ..show import console

    table = read_table_of(Path("results"), roster)
    rubric = _asking(table, deliverable)
    pairs = readers(table.students or (), each, Seed(draw).fork(deliverable))
    paths = write_forms(rubric, pairs, out / deliverable)
    lines = [f"{len(paths)} forms in {out / deliverable}: give each reader the folder of that name"]
    console.finish(True, {"readers": pairs, "folder": out / deliverable}, lines, json)


def gather(
    deliverable: DeliverableArgument,
    folder: Annotated[Path, typer.Argument(help="The forms, filled in.")],
    out: Annotated[Path, typer.Option(help="Folder for what each author gets to read.")] = Path("gathered"),
    json: JsonOption = False,
) -> None:
    """Gather what peers wrote, for each author without the readers' names; say who wrote too little."""
    from ..coursework.peers import read_forms, write_gathered
    from ..show import console

    rubric = _asking(read_table_of(Path("results"), None), deliverable)
    given = list(read_forms(folder, rubric))
    paths = write_gathered(rubric, given, out / deliverable)
    short = [
        f"{one.reader} about {one.author}: {one.short} of {len(one.answers)} answers are empty or a few words"
        for one in given
        if one.short
    ]
    lines = [f"{len(given)} forms, {len(paths)} authors: {out / deliverable}", *map(console.safe, short)]
    console.finish(not short, {"forms": len(given), "authors": len(paths), "short": short}, lines, json)


def _asking(table: Table, deliverable: str) -> Rubric:
    rubric = rubric_in(table, deliverable)
    if not rubric.asks_peers:
        raise UserError(f'rubrics/{deliverable}.toml asks peers nothing: add asks_peers = ["..."]')
    return rubric


def check(
    deliverable: DeliverableArgument,
    submissions: Annotated[Path, typer.Argument(help="Folder with one folder, zip or repository for each.")],
    roster: RosterOption = None,
    json: JsonOption = False,
) -> None:
    """Say what of a review or a report is not as asked: length, sources, figures, code that does not run."""
    from ..course import load_course
    from ..coursework.papers import look_at
    from ..show import console

    root, rubric = find_root(), rubric_in(read_table_of(Path("results"), roster), deliverable)
    if rubric.hand_in is None:
        raise UserError(f"rubrics/{deliverable}.toml names no file that is handed in: add [hand_in]")
    looked = look_at(root, rubric, rubric.hand_in, submissions, roster, load_course(root).classroom)
    lines: list[str] = []
    for one in looked:
        ran = ", ".join(f"{name} = {value:.6g}" for name, value in one.numbers.items())
        lines.append(
            f"{one.student}: {len(one.remarks) or 'no'} remarks{f'; its code gave {ran}' if ran else ''}"
        )
        lines += [f"  {remark}" for remark in one.remarks]
    ok = not any(one.remarks for one in looked)
    console.finish(ok, {"papers": [asdict(one) for one in looked]}, map(console.safe, lines), json)
