"""The pages about likeness, for staff: all pairs as a figure, and pairs with both texts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..pages.figures import histogram
from ..pages.report import render, write
from ..spec import Assignment
from .fingerprints import Pair, Span, Text
from .flags import Likeness

SHOWN = 12  # pairs in the list, flagged or not
Piece = tuple[str, bool]  # some letters of a line, and whether both texts have them


@dataclass(frozen=True)
class Side:
    """One text of a pair, line by line."""

    who: str
    lines: list[list[Piece]]


def write_pages(likeness: Likeness, assignment: Assignment, out: Path) -> list[Path]:
    """Write `index.html` and a page for each pair that it lists; returns the paths, the index first."""
    shown = likeness.pairs[: max(SHOWN, len(likeness.flagged))]
    index = render(
        "likeness.html",
        assignment=assignment,
        likeness=likeness,
        shown=[(f"pair-{number}.html", pair) for number, pair in enumerate(shown, 1)],
        figure=histogram([100 * pair.share for pair in likeness.pairs], 100, 20, "pairs by percent alike"),
    )
    pages = [write(out / "index.html", index)]
    for number, pair in enumerate(shown, 1):
        page = render("pair.html", assignment=assignment, pair=pair, sides=sides(pair))
        pages.append(write(out / f"pair-{number}.html", page))
    return pages


def sides(pair: Pair) -> list[Side]:
    """Return both texts of a pair, with what they have in common marked."""
    return [_side(text, spans) for text, spans in zip((pair.one, pair.other), pair.spans, strict=True)]


def _side(text: Text, spans: Sequence[Span]) -> Side:
    raw = text.code.raw_code
    lines: list[list[Piece]] = [[]]
    at = 0
    for start, end in [*spans, (len(raw), len(raw))]:
        for piece, both in ((raw[at:start], False), (raw[max(at, start) : end], True)):
            first, *rest = piece.split("\n")
            lines[-1].append((first, both))
            lines += [[(line, both)] for line in rest]
        at = max(at, end)
    return Side(text.who, [[piece for piece in line if piece[0]] for line in lines])
