"""Tells where alone a result is wrong: the first of an axis's places, a column of a table, the border."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

FEW, MANY = 4, 8  # places, among which one is no chance; and among which one value alone is none
Axis = str | tuple[str, ...]  # what an axis counts, or the names of a table's columns


def place_of(
    got: Tensor,
    want: Tensor,
    good: Tensor,
    axes: tuple[Axis, ...],
    there: Callable[[Tensor, Tensor], str],
) -> str:
    """Tell where alone a result is wrong, and what it is there."""
    bad = ~good
    if not bad.any() or bad.all():
        return ""
    for mask, where in _places(want, bad, axes):
        if bool((bad == mask).all()):
            what = there(got[bad], want[bad])
            return f"Only {where} is wrong." + (f" There: {what[0].lower()}{what[1:]}" if what else "")
    return ""


def _places(want: Tensor, bad: Tensor, axes: tuple[Axis, ...]) -> Iterator[tuple[Tensor, str]]:
    """Yield where a result may be wrong alone, as a mask of all values."""
    for axis, n in enumerate(want.shape):
        others = tuple(other for other in range(want.ndim) if other != axis)
        line = bad.sum(others) if others else bad.long()
        at = line.nonzero().flatten().tolist()
        called = axes[axis] if len(axes) == want.ndim else ""
        counted = f"dimension {axis}, {called}" if isinstance(called, str) and called else f"dimension {axis}"
        name = f"of {counted}" if want.ndim > 1 else ""
        shape = [-1 if other == axis else 1 for other in range(want.ndim)]
        mask = (line > 0).reshape(shape).expand_as(want) & (bad if others else True)
        if len(at) == 1 and isinstance(called, tuple):
            yield mask, f"the column {called[at[0]]!r}"
        elif len(at) == 1 and n >= (MANY if bad.sum() == 1 else FEW):
            which = {0: "the first", n - 1: "the last"}.get(at[0], f"number {at[0]} (from 0)")
            yield mask, f"{which} of {n} places {name}".strip()
        elif at and n >= 6 and at in (list(range(n // 2)), list(range(n // 2, n))):
            yield mask, f"the {'first' if at[0] == 0 else 'second'} half {name}".strip()
        elif n >= FEW and at == list(range(1, n)) and others:
            yield mask, f"what comes after the first of {n} places {name}"
        elif n >= 6 and at in (list(range(0, n, 2)), list(range(1, n, 2))):
            yield mask, f"every other place {name}".strip()
    if want.ndim >= 2 and min(want.shape[-2:]) >= 4:  # within 3 x 3 one value is right by chance
        edge = torch.ones_like(bad)
        edge[..., 1:-1, 1:-1] = False
        yield edge & bad if bad[edge].float().mean() > 0.5 else edge, "the border of the last two dimensions"
    for mask, where in (
        (want < 0, "what should be negative"),
        (want > 0, "what should be positive"),
        (want == 0, "what should be 0"),
    ):
        if min(int(mask.sum()), int((~mask).sum())) >= 3:
            yield mask, where
