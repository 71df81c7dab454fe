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

from .places import Axis, place_of
from .relations import ANY, Relation, orders, rows, values, variety
from .single import in_float32

MOST = 50_000  # values of an array that is looked at
ROUNDING = {torch.float16: 2e-2, torch.bfloat16: 2e-2, torch.float32: 4e-6}  # of the largest value; 1e-6 else
EXACT, FLOAT32 = 1e-9, 5e-7  # relative error of a few operations in float32, at least and at most
FEW = 5  # different values, of which a number that is fitted says little
NEAR = (
    2e-6  # of 28 mistakes that came nearer than 1e-4 by chance, as a small term forgotten, none was of digits
)
DIGITS, SHORT, UNIQUE = 5.0, 1.5, 40  # needed; that a short value is worth at most; values that are counted


def describe(got: Tensor, want: Tensor, good: Tensor, axes: tuple[Axis, ...] = ()) -> str:
    """Return a sentence about how `got` differs from `want` where it is not `good`; "" when nothing fits."""
    if got.numel() > MOST or got.is_complex() or want.is_complex() or got.shape != want.shape:
        return ""
    if want.dtype == torch.bool or got.dtype == torch.bool:
        exchanged = got.numel() > DIGITS and bool((got.bool() != want.bool()).all()) and variety(want) > 1
        return (
            "True and False have changed places."
            if exchanged
            else place_of(got, want, good, axes, lambda g, w: "")
        )
    rounding = ROUNDING.get(got.dtype, 1e-6)

    def whole(g: Tensor, w: Tensor) -> str:
        return _relation(g, w, rounding, values)

    a, b = got.double(), want.double()
    finite = a.isfinite() & b.isfinite()
    if not finite.all():
        if a.isnan().all():
            return "Everything is NaN: a root or logarithm of something negative, or 0 / 0?"
        rest = bool(good[finite].all()) and int((good & finite).sum()) > 1
        return "Only what is not finite is wrong: all other values are right." if rest else ""
    return (
        _constant(a, b)
        or _single(a, b, good, got.dtype)
        or whole(a, b)
        or _digits(a, b, good, got.dtype)
        or _relation(a, b, rounding, orders)
        or place_of(a, b, good, axes, whole)
        or _relation(a, b, rounding, rows)
    )


def _constant(got: Tensor, want: Tensor) -> str:
    if got.numel() < 3 or variety(want) < 3 or not (got == got.flatten()[0]).all():
        return ""
    return f"Every value is {got.flatten()[0].item() + 0.0:.6g}, whatever is expected."


def _error(got: Tensor, want: Tensor, good: Tensor, dtype: torch.dtype) -> float:
    """Return by how much of itself a value is wrong at most; 1 where the dtype or something else does that.

    Rounding touches most values, and does not make them larger by whole numbers.
    """
    apart = 2 * (got - want)[~good]
    counted = bool(((apart - apart.round()).abs() < 1e-6).all() and (apart.abs() > 0.5).all())
    if dtype != torch.float64 or counted or (~good).sum() * 4 < good.numel():
        return 1.0
    return ((got - want).abs() / want.abs())[~good].max().item()


def _single(got: Tensor, want: Tensor, good: Tensor, dtype: torch.dtype) -> str:
    """Tell results that are right but for what float32 loses, and not for a small constant."""
    error = _error(got, want, good, dtype)
    if not EXACT <= error <= FLOAT32 or not in_float32(got, want, good):
        return ""
    return f"This is right but for {error:.1g} of each value: is something in float32 on the way?"


def _digits(got: Tensor, want: Tensor, good: Tensor, dtype: torch.dtype) -> str:
    """Tell results that are right but for their last digits: with fewer right ones, it is no rounding."""
    error = _error(got, want, good, dtype)
    if not 0 < error < NEAR:
        return ""
    return f"This is right to {math.floor(-math.log10(error))} digits, but to no more."


def _relation(
    got: Tensor, want: Tensor, rounding: float, kind: Callable[[Tensor, Tensor], Iterator[Relation]]
) -> str:
    for relation in kind(got, want):
        if fits(got, want, relation.predicted, rounding, relation.fitted):
            if got.numel() == 1:
                return relation.says.replace("Each value", "It")
            if relation.fitted > 0 and variety(want) < FEW:  # as the three parts of one vector have
                return f"Perhaps in this example alone, {relation.says[0].lower()}{relation.says[1:]}"
            return relation.says
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
    sizes = (predicted[telling].abs() / (2 * step)).round().tolist()  # x and -x are no two witnesses
    pairs = dict(zip(sizes, want[telling].tolist(), strict=True))
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
