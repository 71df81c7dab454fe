"""What a student runs: check, watch, lab."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ..errors import UserError
from ..loading import loading
from ..spec import find_assignment, load_assignment
from ..text import did_you_mean
from .arguments import AssignmentArgument, JsonOption, chosen_solutions, find_root, graded_tree

DEVICES = ("cpu", "twin")


def check(
    assignment: AssignmentArgument,
    task: Annotated[str, typer.Argument(help="One task only, with all its failing checks.")] = "",
    device: Annotated[
        str, typer.Option(help="'twin' also tries what passes on a pretend GPU; that costs no points.")
    ] = "cpu",
    json: JsonOption = False,
) -> None:
    """Run the public checks on your files and say what to try next."""
    if device not in DEVICES:
        raise UserError(f"no device {device!r}; {did_you_mean(device, DEVICES)}")
    folder = find_assignment(find_root(), assignment, "assignments")
    with loading():
        from rich.console import Group

        from ..practice import Practice
        from ..show import console, tables
        from ..show.twin import gpu_lines

    with Practice(folder) as practice, console.growing(json) as grow:
        chosen = {practice.find(task)} if task else None
        known = partial(tables.practice_table, practice.assignment, details=False)
        tasks = practice.run(chosen, twin=device == "twin", so_far=lambda done: grow(Group(*known(done))))
    ok = not any(one.problems for one in tasks)
    names = ("passed", "hidden", "checks", "measured", "on_gpu")
    rows = [{"id": one.task.id, **{name: getattr(one, name) for name in names}} for one in tasks]
    table = tables.practice_table(practice.assignment, tasks, details=bool(task))
    fields = {"assignment": practice.assignment.name, "tasks": rows, "notices": practice.notices}
    ends = (*tables.notice_lines(practice.notices), *tables.practice_totals(tasks))
    shown = (*table, *gpu_lines(tasks), *ends)
    console.finish(ok, fields, shown, json)


def watch(assignment: AssignmentArgument) -> None:
    """Check again whenever you save a file: only the tasks that it concerns."""
    folder = find_assignment(find_root(), assignment, "assignments")
    with suppress(KeyboardInterrupt):  # how it ends
        with loading():
            from ..watching import watch as run

        run(folder)


def lab(
    assignment: Annotated[str, typer.Argument(help="An assignment, such as a04.")] = "",
    execute: Annotated[bool, typer.Option("--execute", help="Run it from top to bottom.")] = False,
    judge: Annotated[Path | None, typer.Option(help="Judge the samples in this file.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for pictures.")] = Path(".cache/labs"),
    device: Annotated[
        str,
        typer.Option(help="For staff: try it, or all, shortened, on a pretend GPU ('twin') or 'cpu'."),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Write the lab notebook; run it; or judge the samples that it hands in."""
    root = find_root()
    tree = graded_tree(root)
    if device:
        _try_labs(assignment, device, json)
    if not assignment:
        raise UserError("say which lab, such as a04; all are run by --device twin alone")
    spec = load_assignment(find_assignment(root, assignment, tree))
    from ..labs import execute as running
    from ..labs import judge as judging
    from ..labs import notebook
    from ..show import console, figures

    if not execute and judge is None:
        staff = tree == "solutions"
        typer.echo("\n".join(map(str, notebook.write(spec, root))) if staff else notebook.how_to_open(spec))
        return
    done = running.execute(spec, root, out / spec.name) if execute else None
    measures = judging.judge(spec, judge or out / spec.name / running.ARTEFACT)
    ok = all(measure.ok for measure in measures) and not (done and done.failed)
    fields = {"lab": spec.name, "executed": done, "measures": measures}
    console.finish(ok, fields, figures.lab_lines(done, measures), json)


def _try_labs(assignment: str, device: str, json: bool) -> NoReturn:
    """Run shortened labs on a device, and end."""
    if device not in DEVICES:
        raise UserError(f"no device {device!r}; {did_you_mean(device, DEVICES)}")
    if graded_tree(find_root()) != "solutions":
        raise UserError("--device is for staff: labs are tried where solutions/ is")
    chosen = [load_assignment(folder) for folder in chosen_solutions([assignment] if assignment else None)]
    with loading():
        from ..labs.ontwin import try_labs
        from ..show import console
        from ..show.twin import lab_lines

    with console.progress_bar(len(chosen), quiet=json, doing="running") as step:
        tried = try_labs(chosen, device, lambda: step())
    holding = sum(one.holds for one in tried)
    console.finish(holding == len(tried), {"labs": tried, "holding": holding}, lab_lines(tried), json)
