"""Figures as inline SVG whose bars stretch with the page while their text keeps its size.

Positions along the page are percentages, heights are pixels, and colours are classes of the page's own style,
so a figure follows a phone, a dark screen and a printer. Each says its numbers in words for those who listen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from ..text import one_line

TOP, BASE, BOTTOM = 52, 230, 256  # pixels from above: the tallest bar, the axis, the end of the histogram


@dataclass(frozen=True)
class Part:
    """One piece of a bar: how much of the whole it is, the style class that colours it, and what it means."""

    share: float  # 0..1
    style: str
    says: str = ""


def histogram(
    scores: Sequence[float], max_score: float, bins: int = 10, what: str = "students by score"
) -> Markup:
    """Draw how many scores fall into each of `bins` equal steps; a full score falls into the last."""
    counts = bin_counts(scores, max_score, bins)
    edges = [max_score * i / bins for i in range(bins + 1)]
    tallest = max(*counts, 1)
    marks = [_column(i, count, tallest, bins, edges) for i, count in enumerate(counts)]
    marks.append(Markup('<line class="axis" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=BASE))
    marks += [_tick(i, edges[i], bins) for i in range(0, bins + 1, max(2, bins // 5))]
    if scores and max_score > 0:
        marks.append(_median(median(scores), max_score))
    words = "; ".join(f"{_range(edges, i)}: {count}" for i, count in enumerate(counts) if count)
    return _svg("histogram", BOTTOM, f"Number of {what}. {words or 'None yet'}.", marks)


def bin_counts(scores: Iterable[float], max_score: float, bins: int) -> list[int]:
    """Count the scores in equal steps from 0 to `max_score`, each with its lower edge."""
    counts = [0] * bins
    for score in scores:
        step = int(score * bins / max_score) if max_score > 0 else 0
        counts[min(max(step, 0), bins - 1)] += 1
    return counts


def bar(parts: Sequence[Part], says: str) -> Markup:
    """Draw one horizontal bar made of parts, from the left, on a track that shows the whole."""
    marks = [Markup('<rect class="track" width="100%" height="100%" rx="3"/>')]
    start = 0.0
    for part in parts:
        if part.share > 0:
            shape = Markup('<rect class="{}" x="{}" width="{}" height="100%" rx="3">{}</rect>')
            marks.append(shape.format(part.style, percent(start), percent(part.share), _title(part.says)))
        start += part.share
    return _svg("bar", None, says, marks)


def strip(cells: Sequence[Part], says: str) -> Markup:
    """Draw one small box per cell, side by side, each filled from below by its share."""
    marks: list[Markup] = []
    gap = min(0.02, 0.3 / max(len(cells), 1))
    width = (1 + gap) / max(len(cells), 1) - gap
    for i, cell in enumerate(cells):
        place = {"x": percent(i * (width + gap)), "width": percent(width)}
        track = Markup('<rect class="track" x="{x}" width="{width}" height="100%" rx="2">{says}</rect>')
        marks.append(track.format(**place, says=_title(cell.says)))
        if cell.share > 0:
            fill = Markup('<rect class="{}" x="{x}" width="{width}" y="{}" height="{}" rx="2">{says}</rect>')
            top, height = percent(1 - cell.share), percent(cell.share)
            marks.append(fill.format(cell.style, top, height, **place, says=_title(cell.says)))
    return _svg("strip", None, says, marks)


def percent(share: float) -> str:
    """Return a share as a length: 0.125 is "12.5%"."""
    return f"{round(100 * share, 3):g}%"


def _column(i: int, count: int, tallest: int, bins: int, edges: Sequence[float]) -> Markup:
    height = round((BASE - TOP) * count / tallest, 1)
    if not count:
        return Markup("")
    return Markup(
        '<rect class="accent" x="{left}" y="{top}" width="{width}" height="{height}" rx="3">{title}</rect>'
        '<text class="count" x="{middle}" y="{above}" text-anchor="middle">{count}</text>'
    ).format(
        left=percent((i + 0.08) / bins),
        middle=percent((i + 0.5) / bins),
        width=percent(0.84 / bins),
        height=height,
        top=BASE - height,
        above=BASE - height - 6,
        count=count,
        title=_title(f"{_range(edges, i)}: {count}"),
    )


def _tick(i: int, edge: float, bins: int) -> Markup:
    anchor = "start" if i == 0 else "end" if i == bins else "middle"
    tick = Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{:g}</text>')
    return tick.format(percent(i / bins), BASE + 18, anchor, edge)


def _median(value: float, max_score: float) -> Markup:
    """Draw a pointer above all bars, its label on the side that has room."""
    share = min(max(value / max_score, 0), 1)
    return Markup(
        '<svg class="pointer" x="{x}"><path d="M-5 18h10l-5 7z"/>'
        '<text x="{dx}" y="12" text-anchor="{anchor}">median {value:g}</text></svg>'
    ).format(
        x=percent(share),
        dx=5 if share > 0.5 else -5,
        anchor="end" if share > 0.5 else "start",
        value=round(value, 1),
    )


def _range(edges: Sequence[float], i: int) -> str:
    return f"{edges[i]:g} to {edges[i + 1]:g}"


def _title(says: str) -> Markup:
    return Markup("<title>{}</title>").format(one_line(says)) if says else Markup("")


def _svg(style: str, height: int | None, says: str, marks: Iterable[Markup]) -> Markup:
    size = Markup(' height="{}"').format(height) if height else Markup("")
    opening = Markup('<svg class="{}" width="100%"{} role="img" aria-label="{}">').format(
        style, size, one_line(says, 2000)
    )
    return opening + Markup("").join(marks) + Markup("</svg>")
