"""Pictures of a check that failed: what came, what was expected, and where the two differ."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Sequence

from markupsafe import Markup
from PIL import Image

from ..records import Measured, Picture
from .figures import Part, bar

WIDTH, HEIGHT = 320, 110  # of a curve's or a path's own units
LOST = (196, 60, 60)  # the colour of what is not finite
Row = Sequence[float | None]
Point = tuple[float | None, float | None]


def picture(seen: Picture) -> Markup:
    """Draw what came beside what was expected; an image's difference too."""
    draw = _images if seen.kind == "image" else _lines
    return draw(seen)


def cost(measured: Measured) -> Markup:
    """Draw what a call costs on a bar as long as a naive answer's cost, up to the limit in another colour."""
    what = {"speed": "time", "memory": "memory"}[measured.kind]
    says = (
        f"{what}: {measured.ratio:.3g} times the yardstick's; the limit is {measured.limit:.3g}, "
        f"a naive answer takes {measured.naive:.3g}"
    )
    whole = max(measured.naive, measured.ratio)
    share, limit = measured.ratio / whole, measured.limit / whole
    mine = Part(share, "good" if share <= limit else "bad")
    left = Part(max(limit - share, 0), "part")
    return Markup('<figure class="cost">{}<figcaption>{}</figcaption></figure>').format(
        bar([mine, left], says), says[0].upper() + says[1:] + "."
    )


def _images(seen: Picture) -> Markup:
    yours, target = seen.yours, seen.target
    values = [x for x in itertools.chain(*yours, *target) if x is not None]
    low, high = min(values, default=0.0), max(values, default=0.0)
    away = [
        [None if a is None or b is None else abs(a - b) for a, b in zip(*rows, strict=True)]
        for rows in zip(yours, target, strict=True)
    ]
    most = max((x for x in itertools.chain(*away) if x is not None), default=0.0)
    size = f"{len(target)} by {len(target[0])} values"
    shown = [
        _pixels(yours, low, high, "yours", f"Yours, {size}"),
        _pixels(target, low, high, "expected", f"Expected, {size} from {low:.3g} to {high:.3g}"),
        _pixels(away, 0.0, most, "difference", f"Difference, at most {most:.3g}"),
    ]
    return Markup('<div class="seen">{}</div>').format(Markup("").join(shown))


def _pixels(rows: Sequence[Row], low: float, high: float, name: str, says: str) -> Markup:
    """Return rows of numbers as an image, dark where they are low."""
    step = 254 / (high - low) if high > low else 0.0
    image = Image.new("P", (len(rows[0]), len(rows)))
    image.putpalette([*itertools.chain(*((grey,) * 3 for grey in range(255))), *LOST])
    image.putdata([255 if x is None else round((x - low) * step) for row in rows for x in row])
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return Markup(
        '<figure><img src="data:image/png;base64,{}" alt="{}" width="96" height="96">'
        "<figcaption>{}</figcaption></figure>"
    ).format(base64.b64encode(file.getvalue()).decode(), says, name)


def _lines(seen: Picture) -> Markup:
    """Draw two curves, or two paths of points in the plane, over each other."""
    rows = (seen.target, seen.yours)
    if seen.kind == "curve":
        both: list[list[Point]] = [[(float(i), y) for i, y in enumerate(of[0])] for of in rows]
    else:
        both = [[(x, y) for x, y in of] for of in rows]
    known = [(x, y) for points in both for x, y in points if x is not None and y is not None]
    spans = [(min(values), max(values)) for values in zip(*known, strict=True)] or [(0.0, 0.0)] * 2
    marks = [_line(points, spans, style) for points, style in zip(both, ("due", "came"), strict=True)]
    (_, _), (low, high) = spans
    says = f"Yours and what was expected, {len(both[0])} points from {low:.3g} to {high:.3g}"
    lost = sum(x is None or y is None for x, y in both[1])
    says += f"; {lost} of yours are not finite" if lost else ""
    return Markup(
        '<figure class="lines"><svg viewBox="0 0 {} {}" width="100%" role="img" aria-label="{}">{}</svg>'
        '<figcaption><span class="key came"></span>yours '
        '<span class="key due"></span>expected, from {:.3g} to {:.3g}</figcaption></figure>'
    ).format(WIDTH, HEIGHT, says, Markup("").join(marks), low, high)


def _line(points: Sequence[Point], spans: Sequence[tuple[float, float]], style: str) -> Markup:
    """Return a line through the points, broken where one is not finite."""
    steps, pen = [], "M"
    for x, y in points:
        if x is None or y is None:
            pen = "M"
            continue
        across, up = (_share(value, *span) for value, span in zip((x, y), spans, strict=True))
        steps.append(f"{pen}{across * WIDTH:.1f} {(1 - up) * HEIGHT:.1f}")
        pen = "L"
    return Markup('<path class="{}" d="{}"/>').format(style, " ".join(steps))


def _share(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.5
