"""What people see of a viva, and of a class's likeness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table

from ..viva.records import Viva
from .console import safe

if TYPE_CHECKING:  # it imports what only staff install
    from ..likeness.flags import Likeness

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


def likeness_lines(likeness: Likeness, page: Path) -> Iterator[RenderableType]:
    """Yield the pairs that a person should look at, and where the pages are."""
    if likeness.bound is None:
        yield f"{len(likeness.pairs)} pairs: too few to say what is usual, so none is flagged"
    else:
        flagged = f"{len(likeness.flagged)} of {len(likeness.pairs)} pairs are far out"
        yield f"{flagged}: more than {100 * likeness.bound:.1f} % alike, by what is usual in this assignment"
    for pair in likeness.flagged:
        yield safe(f"  {100 * pair.share:.1f} %  {pair.one.who} and {pair.other.who}")
    if likeness.short:
        yield safe(f"too little of their own to be compared: {', '.join(likeness.short)}")
    yield safe(f"both texts side by side, for you to look: {page}")
