"""Figures, proofs and measures, as lines and tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:  # on Windows there is no sandbox to import
    from common.labs.measure import Measure

    from ..isolation.doctor import Health
    from ..labs.execute import Executed
    from ..proving.verified import ProofReport

WHERE_FULL = """
Official grading needs level full: a Linux kernel with Landlock (5.13 or later). On macOS and Windows use
WSL2 or a Linux virtual machine."""


def health_lines(health: Health, noise: dict[str, float]) -> Iterator[str]:
    """Yield the sandbox's level, its promises and layers, and how evenly the machine runs."""
    from ..isolation.gpu import LOST, NEVER

    yield f"level [bold]{health.level}[/bold]"
    for promise, held in health.promises.items():
        yield f"  {'[green]holds[/green] ' if held else '[red]broken[/red]'} {promise}"
    for layer, state in health.layers.items():
        yield f"  layer  {layer}: {escape(state)}"
    for line in health.missing:
        yield f"  [red]{escape(line)}[/red]"
    lost = ", ".join(LOST)
    yield f"  GPU    ({NEVER}) a worker that gets one cannot keep {lost}: doctor --device cuda"
    clocks = f"{noise['cpu']:.1%} by the CPU clock, {noise['wall']:.1%} by the wall clock"
    yield f"  noise  {clocks}, load {noise['load']}"
    yield "\nOfficial grading works here." if health.level.startswith("full") else WHERE_FULL


def proof_lines(proof: ProofReport) -> Iterator[str]:
    """Yield what verify proved about one assignment, and every violation as a sentence."""
    state = "[green]proven[/green]" if proof.ok else "[red]NOT proven[/red]"
    yield f"{proof.name}: {state} in {proof.seconds:.0f} s: {proof.tasks} tasks, {proof.points:g} points"
    if proof.reference:  # else nothing was tried
        yield from _proven(proof)
    for colour, lines in (("red", proof.problems), ("dim", proof.notes)):
        for line in lines:
            yield f"  [{colour}]{escape(line)}[/{colour}]"


def not_proven_lines(proofs: Sequence[ProofReport]) -> Iterator[str]:
    """Yield the violations of all assignments once more."""
    for proof in proofs:
        for line in proof.problems:
            yield f"[red]NOT proven: {proof.name}[/red]: {escape(line)}"


def _proven(proof: ProofReport) -> Iterator[str]:
    """Yield the numbers of what was tried."""
    scores = ", ".join(f"{score:g}" for score in proof.reference)
    yield f"  reference {scores}; skeleton {proof.skeleton:g}"
    yield f"  degenerate answers that earn 0: {proof.degenerate.zero} of {proof.degenerate.total}"
    yield f"  functions tried as delegates: {proof.delegates.tried}, that answer: {proof.delegates.earning}"
    forged = proof.adversaries
    yield f"  reports rewritten: {forged.tried}, that earn: {forged.earning}; advice: {forged.advice}"
    wrong, right, mutants = proof.wrong, proof.right, proof.mutants
    shut_out = f"; shut out by a gate: {wrong.shut_out}"
    yield f"  wrong answers caught: {wrong.caught}, named: {wrong.named}, of {wrong.total}{shut_out}"
    pairs = proof.pairs
    yield f"  pairs of wrong answers named: {pairs.named} of {pairs.total}, hints lost: {pairs.hints_lost}"
    yield f"  right answers accepted: {right.accepted} of {right.total}"
    yield f"  mutants killed: {mutants.killed} of {mutants.total}, {mutants.equivalent} marked equivalent"
    told = proof.described
    yield f"  mutants described: {told.described}, wrongly: {told.misled}, of {told.total}"
    for pace in proof.speed:
        figures = f"right {pace.slowest_right:g}, limit {pace.limit:g}, naive {pace.naive:g}"
        yield f"  {pace.kind} of {pace.task}: {figures}"
    gpu = proof.on_gpu
    yield f"  on a pretend GPU: {gpu.covered} of {gpu.tasks} tasks tried, {gpu.holding} references hold"
    rights, strays = (
        f"{gpu.right_holding} of {gpu.right}",
        f"{gpu.caught}, named: {gpu.named}, of {gpu.strays}",
    )
    yield f"  and there: right answers that hold: {rights}; answers that fail on a GPU only, caught: {strays}"
    theirs = proof.for_gpu
    if theirs.checks:
        yield f"  for a GPU: {theirs.checks} checks, {theirs.named} naive answers, no limit proven"
    yield f"  in this process and in a worker: {'the same' if proof.modes_agree else 'other'} verdicts"


def lab_lines(done: Executed | None, measures: Sequence[Measure]) -> Iterator[str]:
    """Yield how a lab ran, and how its samples stand."""
    if done:
        checks = f"; failed: {', '.join(done.failed)}" if done.failed else "; its checks pass"
        yield f"{done.seconds:.0f} s{checks}; {len(done.pictures)} pictures in {done.folder}"
    for measure in measures:
        mark = "[green]holds[/green]" if measure.ok else "[red]fails[/red]"
        wanted = f"at {'most' if measure.at_most else 'least'} {measure.limit:g}"
        yield f"{mark} {measure.name:<10} {measure.value:5.2f} ({wanted}): {measure.says}"


def figure_lines(figures: dict[str, Any]) -> Iterator[str]:
    """Yield measured figures, one a line."""
    for name, value in figures.items():
        yield f"{name:16} {f'{value:.4g}' if isinstance(value, float) else escape(str(value))}"


def rows_table(rows: Sequence[msgspec.Struct]) -> Iterator[RenderableType]:
    """Yield measured rows as a table."""
    table = Table(*(field.name for field in msgspec.structs.fields(rows[0])), box=None, pad_edge=False)
    for row in rows:
        values = msgspec.structs.astuple(row)
        table.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in values))
    yield table
