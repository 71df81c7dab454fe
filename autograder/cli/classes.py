"""What grades a class: collect, grade, replay, report."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape

from ..errors import UserError
from ..spec import load_assignment
from .arguments import (
    AssignmentArgument,
    JsonOption,
    ReceivedOption,
    RosterOption,
    TreeArgument,
    find_root,
    only_assignment,
    solution,
)

if TYPE_CHECKING:
    from ..pipeline import ClassGrades, OpenJudges

CORES = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1  # that this process may use


def collect(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    roster: RosterOption = None,
    received: ReceivedOption = None,
    json: JsonOption = False,
) -> None:
    """Show what would be graded for each student, and what would be left out."""
    from ..pipeline import collect_class
    from ..show import console, tables

    found = collect_class(find_root(), load_assignment(solution(assignment)), submissions, roster, received)
    rows = [{**msgspec.structs.asdict(one), "files": sorted(one.files)} for one in found]
    ok = not any(one.problem for one in found)
    console.finish(ok, {"submissions": rows}, tables.collected_table(found), json)


def grade(
    assignment: AssignmentArgument,
    submissions: TreeArgument,
    roster: RosterOption = None,
    received: ReceivedOption = None,
    out: Annotated[Path, typer.Option(help="Folder for the result files.")] = Path("results"),
    student: Annotated[
        list[str] | None, typer.Option(help="Grade only this student; may be repeated.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Judges side by side.")] = CORES,
    on: Annotated[
        str, typer.Option(help="slurm or pbs: judge in --jobs of its jobs; or a dask scheduler's address.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Grade a class in the sandbox: one result file per student; run again to continue or to update."""
    from ..course import key_for

    spec = load_assignment(solution(assignment))
    key = key_for(spec.name)
    from ..pipeline import collect_class, grade_class
    from ..results.store import orphaned
    from ..show import console, tables

    everybody = collect_class(find_root(), spec, submissions, roster, received)
    found = [one for one in everybody if not student or one.student in student]
    if unknown := set(student or ()) - {one.student for one in everybody}:
        raise UserError(f"{submissions}: nothing there belongs to {', '.join(sorted(unknown))}")
    with (
        _elsewhere(on, jobs) as judges,
        console.progress_bar(len(found), quiet=json) as step,
    ):
        graded = grade_class(spec, found, key, out / spec.name, step, jobs, judges)
    results = graded.results
    ok = not any(result.grade.withheld or result.grade.problem for result in results)
    names = ("student", "score", "max_score", "late", "withheld", "problem", "tasks")
    rows = [{**{name: getattr(one.grade, name) for name in names}, "level": one.run.level} for one in results]
    pages = f"autograder report {assignment} --results {out}"
    steps = _next_steps(graded, orphaned(out / spec.name, everybody), pages)
    lines = map(escape, (*steps, f"results: {out / spec.name}   pages: {pages}"))
    shown = (*tables.class_table(results), *tables.change_lines(graded.changes), *lines)
    console.finish(ok, {"results": rows, "changes": graded.changes, "kept": graded.kept}, shown, json)


def grade_one(
    folder: Annotated[Path, typer.Argument(help="What was handed in: a folder or a zip, in any layout.")],
    student: Annotated[str, typer.Option(help="The student's id.")],
    out: Annotated[Path, typer.Option(help="The result file to write.")],
    assignment: Annotated[str, typer.Option(help="Such as a04; not needed where there is one only.")] = "",
    json: JsonOption = False,
) -> None:
    """Grade one hand-in for another system: always writes a result, and a withheld one is no error.

    In a copy without solutions/ it runs the public checks only, as practice.
    """
    root = find_root()
    tree = "solutions" if (root / "solutions").is_dir() else "assignments"
    spec = load_assignment(only_assignment(assignment, tree))
    from ..files import write_whole
    from ..frontends.one import grade_one as grade_it
    from ..results.store import encoded
    from ..show import console, tables

    result = grade_it(root, spec, folder, student)
    write_whole(out, encoded(result))
    fields = {"result": result.grade, "level": result.run.level}
    console.finish(True, fields, tables.class_table([result]), json)


@contextmanager
def _elsewhere(on: str, jobs: int) -> Iterator[OpenJudges | None]:
    """Yield what opens judges on the nodes of a cluster; None stands for judges on this machine."""
    if not on:
        yield None
        return
    from ..pool.batch import submit_nodes
    from ..pool.cluster import Cluster
    from ..show.console import tell

    with submit_nodes(on, jobs) if on in ("slurm", "pbs") else nullcontext(on) as where:
        yield partial(Cluster, address=where, tell=tell)


def _next_steps(graded: ClassGrades, gone: list[str], pages: str) -> list[str]:
    """Return a line for what a TA has to look at after grading."""
    lines = []
    if graded.kept:
        who = ", ".join(graded.kept)
        lines.append(f"kept as graded before, for nothing readable came this time: {who}")
    if withheld := sum(result.grade.withheld for result in graded.results):
        lines.append(f"{withheld} withheld: {pages} --staff shows why; mend the check, then grade again")
    if gone:
        lines.append(f"nothing came from {', '.join(gone)}: remove their results, or reports hold them")
    return lines


def replay(
    assignment: AssignmentArgument,
    student: str,
    check: Annotated[str, typer.Argument(help="A check's name, or a part of it that no other has.")],
    submissions: TreeArgument,
    results: Annotated[Path, typer.Option(help="Folder with the result files.")] = Path("results"),
    roster: RosterOption = None,
    received: ReceivedOption = None,
) -> None:
    """Run one student's one check again in the sandbox, with its exact inputs, and show everything."""
    from ..replaying import replay as run
    from ..show import console

    spec = load_assignment(solution(assignment))
    console.out.print(
        run(find_root(), spec, student, check, submissions, results, roster, received), markup=False
    )


def report(
    assignment: AssignmentArgument,
    results: Annotated[Path, typer.Option(help="Folder with the result files.")] = Path("results"),
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("pages"),
    staff: Annotated[bool, typer.Option("--staff", help="Show hidden checks; not to be published.")] = False,
) -> None:
    """Write each student's feedback page and the class page, as static HTML."""
    from ..pages.report import report as write
    from ..results.store import read_results

    spec = load_assignment(solution(assignment))
    found = read_results(results / spec.name)
    pages = write(found, spec, out / spec.name, "staff" if staff else "student")
    typer.echo(f"{len(pages)} pages; the class: {out / spec.name / 'index.html'}")
