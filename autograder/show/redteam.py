"""What became of the attacks, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from ..redteam.attack import Finding
from ..redteam.suite import AttackReport


def attack_lines(report: AttackReport, each: bool = False) -> Iterator[RenderableType]:
    """Yield a table: attack, what it tried, what stopped it, verdict; one line a variant with `each`."""
    table = Table("", "attack", "tried", "stopped by", "verdict", box=None, pad_edge=False)
    groups: dict[tuple[Any, ...], list[Finding]] = {}
    for one in (*report.findings, *report.proofs):
        groups.setdefault((one.number, one.held_by, one.variant) if each else (one.number,), []).append(one)
    for (number, *_), several in sorted(groups.items(), key=lambda item: item[0][0]):
        bad = [one for one in several if one.escaped or one.dud]
        tried = [one.variant for one in several if one.variant and not one.absent]
        stopped = dict.fromkeys(one.held_by for one in several if one.held_by and not one.absent)
        words = f"{len(tried)}: {', '.join(tried)}" if len(tried) > 1 else "".join(tried)
        cells = (str(number), several[0].title, words, "; ".join(stopped))
        table.add_row(*map(escape, cells), "[red]NOT CONTAINED[/red]" if bad else _verdict(several))
    yield table
    for remark in report.remarks():
        yield escape(remark)
    figures = {name: value for name, value in report.fields().items() if name != "remarks"}
    yield (", ".join(f"{name} {value}" for name, value in figures.items()))


def _verdict(several: Sequence[Finding]) -> str:
    if several[0].surface == "scope":
        return "[dim]out of scope[/dim]"
    return (
        "[green]contained[/green]" if any(not one.absent for one in several) else "[yellow]not tried[/yellow]"
    )
