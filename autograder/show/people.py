"""What people see of a viva."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table

from ..viva.records import Viva
from .console import safe

KINDS = {
    "returns": "what a call returns after an edit",
    "which": "which of two edits matters",
    "where": "for which of two calls an edit matters",
    "checks": "which check notices an edit",
    "raises": "why a call gives no result",
    "now": "what a call returns",
}


def viva_lines(viva: Viva, pages: Sequence[Path]) -> Iterator[RenderableType]:
    """Yield what the questions are about, what there was nothing to ask about, and where the pages are."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "task", "function", "question"):
        table.add_column(column)
    for number, one in enumerate(viva.questions, 1):
        table.add_row(str(number), safe(one.task), safe(f"{one.function}, {one.file}"), KINDS[one.kind])
    if viva.questions:
        yield table
    else:
        yield safe(f"nothing to ask {viva.student} about")
    yield from map(safe, viva.notes)
    if viva.questions:
        yield safe(f"for the student: {pages[0]}   with answers: {pages[1]}   others: --draw {viva.draw + 1}")
