"""Says what a difference looks like, from two arrays alone: "each value is the expected one times 1/5".

A relation is told only when it holds for every value within rounding, and when chance cannot do that: each
distinct value that the relation predicts is worth the digits that agree (a short one, as 0.5, few of them),
and together they must be worth more than a chance in 10^5 among all relations tried, and a value more for
each number that was fitted. What stands before the colon is a fact about the two arrays; a cause is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .relations import ANY, Relation, orders, rows, values, variety

MOST = 50_000  # values of an array that is looked at
ROUNDING = {torch.float16: 2e-2, torch.bfloat16: 2e-2, torch.float32: 4e-6}  # of the largest value; 1e-6 else
FLOAT32 = 5e-7  # relative error of a few operations in float32
DIGITS, SHORT, UNIQUE = 5.0, 1.5, 40  # needed; that a short value is worth at most; values that are counted


def describe(got: Tensor, want: Tensor, good: Tensor) -> str:
    """Return a sentence about how `got` differs from `want` where it is not `good`; "" when nothing fits."""
    if got.numel() > MOST or got.is_complex() or want.is_complex() or got.shape != want.shape:
        return ""
    if want.dtype == torch.bool or got.dtype == torch.bool:
        exchanged = got.numel() > DIGITS and bool((got.bool() != want.bool()).all()) and variety(want) > 1
        return (
            "True and False have changed places." if exchanged else _place(got, want, good, lambda g, w: "")
        )
    rounding = ROUNDING.get(got.dtype, 1e-6)

    def whole(g: Tensor, w: Tensor) -> str:
        return _relation(g, w, rounding, values)

    a, b = got.double(), want.double()
    finite = a.isfinite() & b.isfinite()
    if not finite.all():
        if a.isnan().all():
            return "Everything is NaN: a root or logarithm of something negative, or 0 / 0?"
        rest = bool(good[finite].all()) and int(good.sum()) > 0
        return "Only what is not finite is wrong: all other values are right." if rest else ""
    return (
        _constant(a, b)
        or _precision(a, b, good, got.dtype)
        or whole(a, b)
        or _relation(a, b, rounding, orders)
        or _place(a, b, good, whole)
        or _relation(a, b, rounding, rows)
    )


def _constant(got: Tensor, want: Tensor) -> str:
    if got.numel() < 3 or variety(want) < 3 or not (got == got.flatten()[0]).all():
        return ""
    return f"Every value is {got.flatten()[0].item() + 0.0:.6g}, whatever is expected."


def _precision(got: Tensor, want: Tensor, good: Tensor, dtype: torch.dtype) -> str:
    """Tell results that are right but for their last digits, as most values then are."""
    error = ((got - want).abs() / want.abs())[~good]
    if dtype != torch.float64 or (~good).sum() * 4 < good.numel() or not error.max() < 1e-3:
        return ""
    if error.max() <= FLOAT32:
        return f"This is right but for {error.max():.1g} of each value: is something in float32 on the way?"
    digits = math.floor(-math.log10(error.max().item()))
    return f"This is right to {digits} digits, but to no more."


def _relation(
    got: Tensor, want: Tensor, rounding: float, kind: Callable[[Tensor, Tensor], Iterator[Relation]]
) -> str:
    for relation in kind(got, want):
        if fits(got, want, relation.predicted, rounding, relation.fitted):
            return relation.says if got.numel() > 1 else relation.says.replace("Each value", "It")
    return ""


def fits(got: Tensor, want: Tensor, predicted: Tensor, rounding: float, fitted: int = 0) -> bool:
    """Say whether a prediction holds for every value, and for so many that it is no chance."""
    if predicted.shape != got.shape or not predicted.isfinite().all():
        return False
    scale = max(predicted.abs().max().item(), 1e-300)
    if not ((got - predicted).abs() <= rounding * scale).all():
        return False
    if fitted == ANY:
        return True
    telling = (predicted - want).abs() > 4 * rounding * scale
    step = rounding * scale
    pairs = dict(zip((predicted[telling] / (2 * step)).round().tolist(), want[telling].tolist(), strict=True))
    worth = sorted((_worth(2 * step * x, step, due) for x, due in list(pairs.items())[:UNIQUE]), reverse=True)
    return sum(worth[fitted:]) >= DIGITS


def _worth(value: float, rounding: float, due: float) -> float:
    """Return how many digits a value that agrees is worth: few where it or the expected one is short."""
    digits = math.log10(max(abs(value) / rounding, 1.0))
    short = any(
        abs(float(f"{x:.2g}") - x) <= max(2e-6 * abs(x), allowed)
        for x, allowed in ((value, 2 * rounding), (due, 0.0))
    )
    return min(digits, SHORT) if short else digits


def _place(got: Tensor, want: Tensor, good: Tensor, there: Callable[[Tensor, Tensor], str]) -> str:
    """Tell where alone a result is wrong, and what it is there."""
    bad = ~good
    if not bad.any() or bad.all():
        return ""
    for mask, where in _places(want, bad):
        if bool((bad == mask).all()):
            what = there(got[bad], want[bad])
            return f"Only {where} is wrong." + (f" There: {what[0].lower()}{what[1:]}" if what else "")
    return ""


def _places(want: Tensor, bad: Tensor) -> Iterator[tuple[Tensor, str]]:
    """Yield where a result may be wrong alone, as a mask of all values."""
    for axis, n in enumerate(want.shape):
        others = tuple(other for other in range(want.ndim) if other != axis)
        line = bad.sum(others) if others else bad.long()
        at = line.nonzero().flatten().tolist()
        name = f"of axis {axis}" if want.ndim > 1 else ""
        shape = [-1 if other == axis else 1 for other in range(want.ndim)]
        mask = (line > 0).reshape(shape).expand_as(want) & (bad if others else True)
        if len(at) == 1 and n >= 3:
            which = {0: "the first", n - 1: "the last"}.get(at[0], f"number {at[0]} (from 0)")
            yield mask, f"{which} of {n} places {name}".strip()
        elif at and n >= 4 and at in (list(range(n // 2)), list(range(n // 2, n))):
            yield mask, f"the {'first' if at[0] == 0 else 'second'} half {name}".strip()
        elif n >= 3 and at == list(range(1, n)) and others:
            yield mask, f"what comes after the first of {n} places {name}"
        elif n >= 6 and at in (list(range(0, n, 2)), list(range(1, n, 2))):
            yield mask, f"every other place {name}".strip()
    if want.ndim >= 2 and min(want.shape[-2:]) >= 3:
        edge = torch.ones_like(bad)
        edge[..., 1:-1, 1:-1] = False
        yield edge & bad if bad[edge].float().mean() > 0.5 else edge, "the border of the last two axes"
    for mask, where in (
        (want < 0, "what should be negative"),
        (want > 0, "what should be positive"),
        (want == 0, "what should be 0"),
    ):
        if min(int(mask.sum()), int((~mask).sum())) >= 3:
            yield mask, where
