"""What the command line shows to people: figures, proofs and progress. Machines get `--json` instead."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..text import harmless

if TYPE_CHECKING:  # on Windows there is no sandbox to import
    from ..isolation.doctor import Health
    from ..labs.lab import Executed
    from ..labs.labjudge import Measure
    from ..proving.verified import Report

out = Console(highlight=False, emoji=False)  # else "a.py:100:" ends in a picture
err = Console(stderr=True, highlight=False, emoji=False)

WHERE_FULL = """
Official grading needs level full: a Linux kernel with Landlock ABI 3 (6.2 or later). On macOS and Windows use
WSL2 or a Linux virtual machine."""


def print_json(fields: dict[str, Any], ok: bool) -> None:
    """Print one JSON object whose last field is `ok`."""
    sys.stdout.buffer.write(msgspec.json.encode({**fields, "ok": ok}, enc_hook=str) + b"\n")
    sys.stdout.flush()


def safe(text: str) -> str:
    """Return text that a student may have written, harmless to a terminal."""
    return escape(harmless(text))


def tell(sentence: str) -> None:
    """Show a sentence on stderr, above a progress bar."""
    err.print(safe(sentence), soft_wrap=True)


@contextmanager
def progress_bar(total: int, quiet: bool, doing: str = "grading") -> Iterator[Any]:
    """Yield a function to call when one more is finished; shows rate and time left on stderr."""
    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=quiet) as bar:
        job = bar.add_task("", total=total, rate="")

        def step(*_: Any) -> None:
            bar.advance(job)
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(job, rate=f"{speed:.1f}/s" if speed else "")

        yield step


def health_lines(health: Health, noise: dict[str, float]) -> None:
    """Show the sandbox's level, its promises and layers, and how evenly the machine runs."""
    from ..isolation.doctor import NOT_ON_CUDA

    out.print(f"level [bold]{health.level}[/bold]")
    for promise, held in health.promises.items():
        out.print(f"  {'[green]holds[/green] ' if held else '[red]broken[/red]'} {promise}")
    for layer, state in health.layers.items():
        out.print(f"  layer  {layer}: {escape(state)}")
    for line in health.missing:
        out.print(f"  [red]{escape(line)}[/red]")
    lost = ", ".join(NOT_ON_CUDA)
    out.print(f"  GPU    no worker gets one: it could not keep {lost}; never level full", soft_wrap=True)
    clocks = f"{noise['cpu']:.1%} by the CPU clock, {noise['wall']:.1%} by the wall clock"
    out.print(f"  noise  {clocks}, load {noise['load']}")
    if not health.level.startswith("full"):
        out.print(WHERE_FULL)


def proof_lines(proof: Report) -> None:
    """Show what verify proved about one assignment, and every violation as a sentence."""
    state = "[green]proven[/green]" if proof.ok else "[red]NOT proven[/red]"
    out.print(f"{proof.name}: {state} in {proof.seconds:.0f} s: {proof.tasks} tasks, {proof.points:g} points")
    scores = ", ".join(f"{score:g}" for score in proof.reference)
    out.print(f"  reference {scores}; skeleton {proof.skeleton:g}")
    out.print(f"  degenerate answers that earn 0: {proof.degenerate.zero} of {proof.degenerate.total}")
    out.print(
        f"  wrong answers caught: {proof.wrong.caught}, named: {proof.wrong.named}, of {proof.wrong.total}"
    )
    out.print(f"  right answers accepted: {proof.right.accepted} of {proof.right.total}")
    mutants = proof.mutants
    out.print(
        f"  mutants killed: {mutants.killed} of {mutants.total}, {mutants.equivalent} marked equivalent"
    )
    for pace in proof.speed:
        figures = f"right {pace.slowest_right:g}, limit {pace.limit:g}, naive {pace.naive:g}"
        out.print(f"  {pace.kind} of {pace.task}: {figures}")
    out.print(f"  in this process and in a worker: {'the same' if proof.modes_agree else 'other'} verdicts")
    for colour, lines in (("red", proof.problems), ("dim", proof.notes)):
        for line in lines:
            out.print(f"  [{colour}]{escape(line)}[/{colour}]", soft_wrap=True)


def lab_lines(done: Executed | None, measures: Sequence[Measure]) -> None:
    """Show how a lab ran, and how its samples stand."""
    if done:
        checks = f"; failed: {', '.join(done.failed)}" if done.failed else "; its checks pass"
        out.print(f"{done.seconds:.0f} s{checks}; {len(done.pictures)} pictures in {done.folder}")
    for measure in measures:
        mark = "[green]holds[/green]" if measure.ok else "[red]fails[/red]"
        wanted = f"at {'most' if measure.at_most else 'least'} {measure.limit:g}"
        line = f"{mark} {measure.name:<10} {measure.value:5.2f} ({wanted}): {measure.says}"
        out.print(line, soft_wrap=True)


def print_figures(figures: dict[str, Any], ok: bool, as_json: bool) -> None:
    """Show measured figures, one a line, or as one JSON object."""
    if as_json:
        print_json(figures, ok)
        return
    for name, value in figures.items():
        out.print(f"{name:16} {f'{value:.4g}' if isinstance(value, float) else escape(str(value))}")


def print_rows(name: str, rows: Sequence[msgspec.Struct], ok: bool, as_json: bool) -> None:
    """Show measured rows as a table, or as one JSON object with the field `name`."""
    if as_json:
        print_json({name: rows}, ok)
        return
    fields = [field.name for field in msgspec.structs.fields(rows[0])]
    table = Table(*fields, box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            *(
                f"{value:.4g}" if isinstance(value, float) else str(value)
                for value in msgspec.structs.astuple(row)
            )
        )
    out.print(table)
