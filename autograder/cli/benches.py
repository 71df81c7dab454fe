"""What measures the grader, as ratios in one run: bench, and its speed, scale and peers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

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

    figures = asdict(measure(find_root(), submissions))
    ok = figures.pop("ok")
    console.print_figures(figures, ok, json)
    raise typer.Exit(0 if ok else 1)


@app.command("speed")
def bench_speed(
    gradings: Annotated[int, typer.Option(min=1, help="Of each cell.")] = 400, json: JsonOption = False
) -> None:
    """Measure how often the check of speed errs, by call size, load and true ratio: about an hour."""
    from ..benches.benchspeed import CELLS
    from ..benches.benchspeed import bench_speed as measure
    from ..show import console

    with console.progress_bar(CELLS, quiet=json, doing="measuring") as step:
        cells = measure(gradings, step)
    ok = all(cell.ok for cell in cells)
    console.print_rows("cells", cells, ok, json)
    raise typer.Exit(0 if ok else 1)


@app.command("scale")
def bench_scale(
    sizes: Annotated[
        list[int] | None, typer.Option(min=5, help="May be repeated; 100, 500 and 2000 without.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure what a submission costs by the size of its class, and what more judges gain: half an hour."""
    from ..benches import benchscale
    from ..show import console

    chosen = sizes or benchscale.SIZES
    with console.progress_bar(benchscale.total(chosen), quiet=json) as step:
        rows = benchscale.bench_scale(find_root(), chosen, step)
    ok = benchscale.in_target(rows)
    console.print_rows("rows", rows, ok, json)
    raise typer.Exit(0 if ok else 1)


@app.command("peers")
def bench_peers(
    submissions: Annotated[int, typer.Option(min=2, help="For each grader.")] = 6, json: JsonOption = False
) -> None:
    """Measure against pytest, otter and nbgrader, scores included; installs them into .cache/ once."""
    from ..benches.benchpeers import bench_peers as measure
    from ..show import console

    report = measure(find_root(), console.tell, submissions)
    if json:
        console.print_json(
            {"rows": report.rows, "machine": report.machine, "left_out": report.left_out}, report.ok
        )
    else:
        console.print_rows("rows", report.rows, report.ok, as_json=False)
        typer.echo("\n".join((*report.left_out, report.machine)))
    raise typer.Exit(0 if report.ok else 1)
