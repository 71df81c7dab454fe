"""What measures the grader: bench, its speed, scale, again, home, peers, parity and gpu."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from .arguments import JsonOption, find_root

app = typer.Typer(help="Measure the grader itself, as ratios in one run.")


@app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    submissions: Annotated[int, typer.Option(min=2, help="In turn right and wrong.")] = 40,
    json: JsonOption = False,
) -> None:
    """Measure seconds per submission against a fresh pytest process and a bare fork, in one run."""
    if context.invoked_subcommand:
        return
    from ..benches.bench import bench as measure
    from ..show import console
    from ..show.figures import figure_lines

    fields = asdict(measure(find_root(), submissions))
    console.finish(fields.pop("ok"), fields, figure_lines(fields), json)


@app.command("speed")
def bench_speed(
    gradings: Annotated[int, typer.Option(min=1, help="Of each cell.")] = 400, json: JsonOption = False
) -> None:
    """Measure how often the check of speed errs, by call size, load and true ratio: about an hour."""
    from ..benches.benchspeed import CELLS
    from ..benches.benchspeed import bench_speed as measure
    from ..show import console, figures

    with console.progress_bar(CELLS, quiet=json, doing="measuring") as step:
        cells = measure(gradings, step)
    console.finish(all(cell.ok for cell in cells), {"cells": cells}, figures.rows_table(cells), json)


@app.command("scale")
def bench_scale(
    sizes: Annotated[
        list[int] | None, typer.Option(min=5, help="May be repeated; 100, 500 and 2000 without.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure what a submission costs by the size of its class, and what more judges gain: an hour."""
    from ..benches import benchscale
    from ..show import console, figures

    chosen = sizes or benchscale.SIZES
    graded = sum(size for size, _ in benchscale.classes(chosen))
    with console.progress_bar(graded, quiet=json) as step:
        scale = benchscale.bench_scale(find_root(), chosen, step)
    fields = asdict(scale)
    first = f"first result {scale.first_s:.3g} s after the command"
    lines = (*figures.rows_table(scale.rows), first, escape(scale.machine))
    console.finish(benchscale.in_target(scale), fields, lines, json)


@app.command("again")
def bench_again(
    students: Annotated[int, typer.Option(min=1, help="In the class.")] = 2000, json: JsonOption = False
) -> None:
    """Measure `grade` on a class of which nothing has changed: a minute."""
    from ..benches.benchagain import bench_again as measure
    from ..show import console
    from ..show.figures import figure_lines

    fields = asdict(measure(find_root(), students))
    console.finish(fields.pop("ok"), fields, figure_lines(fields), json)


@app.command("home")
def bench_home(json: JsonOption = False) -> None:
    """Measure what a student waits for: `check`'s first row and its end, and `watch` after a save."""
    from ..benches.benchhome import bench_home as measure
    from ..show import console
    from ..show.figures import figure_lines

    fields = asdict(measure(find_root()))
    console.finish(True, fields, figure_lines(fields), json)


@app.command("peers")
def bench_peers(
    submissions: Annotated[int, typer.Option(min=2, help="For each grader.")] = 6, json: JsonOption = False
) -> None:
    """Measure against pytest, otter and nbgrader, scores included; installs them into .cache/ once."""
    from ..benches.benchpeers import bench_peers as measure
    from ..show import console, figures

    report = measure(find_root(), console.tell, submissions)
    fields = {"rows": report.rows, "machine": report.machine, "left_out": report.left_out}
    lines = (*figures.rows_table(report.rows), *map(escape, report.left_out), escape(report.machine))
    console.finish(report.ok, fields, lines, json)


@app.command("parity")
def bench_parity(json: JsonOption = False) -> None:
    """Put a cohort through every front end, pytest and `check`, and compare all points."""
    from ..benches.parity import bench_parity as measure
    from ..show import console, figures

    rows = list(measure(find_root(), console.tell))
    console.finish(all(row.equal for row in rows), {"rows": rows}, figures.rows_table(rows), json)


@app.command("gpu")
def bench_gpu(
    assignments: Annotated[list[str] | None, typer.Argument(help="Such as a11; all without.")] = None,
    device: Annotated[str, typer.Option(help="cuda, or cpu in its place.")] = "cuda",
    gradings: Annotated[int, typer.Option(min=1, help="Of each reference.")] = 200,
    json: JsonOption = False,
) -> None:
    """Grade references on a GPU again and again: what comes out as on the CPU, and what it costs."""
    from ..benches import benchgpu
    from ..isolation.gpu import NEVER, STAND_IN, devices_for
    from ..records import card_words
    from ..show import console, figures
    from ..spec import load_assignment
    from .arguments import chosen_solutions

    gpus = devices_for(device)
    chosen = [load_assignment(folder) for folder in chosen_solutions(assignments)]
    with console.progress_bar(gradings * len(chosen), quiet=json, doing="grading") as step:
        rows = benchgpu.bench_gpu(chosen, gpus, gradings, lambda: step())
    fields = benchgpu.fields_of(rows, gpus)
    lines = (*figures.rows_table(rows), f"card: {escape(card_words(fields['card'], fields['driver']))}")
    lines += (f"{NEVER}: these figures say nothing of one",) if device == STAND_IN else ()
    console.finish(not any(row.false_fails for row in rows), fields, lines, json)
