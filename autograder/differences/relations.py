"""The relations between a result and what was expected that `describe` looks for, likely ones first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

ANY = -1


class Relation(NamedTuple):
    """What a result would be, if a relation held, and the sentence for that."""

    predicted: Tensor
    says: str
    fitted: int = 0  # numbers that were chosen to fit the result; ANY: it is a fact, whatever the values


ROWS = 1_000_000  # comparisons of values that a search for rows in another order may take
CONSTANTS = {
    math.sqrt(2): "√2", math.sqrt(0.5): "1/√2", math.pi: "π", 2 * math.pi: "2π", 1 / math.pi: "1/π",
    math.log(2): "ln 2 (nats for bits?)", 1 / math.log(2): "1/ln 2 (bits for nats?)", 255.0: "255",
    1 / 255: "1/255", 127.5: "127.5", 1000.0: "1000", 1e-3: "1/1000",
}  # fmt: skip
FUNCTIONS = {
    "the reciprocal of the expected one": torch.reciprocal,
    "the square of the expected one": torch.square,
    "the square root of the expected one": torch.sqrt,
    "one over the square root of the expected one": torch.rsqrt,
    "the exponential of the expected one": torch.exp,
    "the logarithm of the expected one": torch.log,
    "the expected one without its sign": torch.abs,
    "the sigmoid of the expected one": torch.sigmoid,
    "the tanh of the expected one": torch.tanh,
    "the expected one, rounded": torch.round,
    "the expected one, rounded down": torch.floor,
}


def values(got: Tensor, want: Tensor) -> Iterator[Relation]:
    """Yield what could have become of each value."""
    yield Relation(-want, "Each value has the other sign.")
    yield from _scaled(got, want)
    shift = (got - want).median().item()
    whole = shift != 0 and 2 * shift == round(2 * shift) and abs(shift) <= 2
    less = f"{'plus' if shift > 0 else 'minus'} {abs(shift):.6g}"
    yield Relation(want + shift, f"Each value is the expected one {less}.", 0 if whole else 1)
    mirror = (got + want).median().item()
    yield Relation(mirror - want, f"Each value is {mirror:.6g} minus the expected one.", int(mirror != 1))
    for name, function in FUNCTIONS.items():
        yield Relation(function(want), f"Each value is {name}.")
    yield from _cut(got, want)
    if variety(want) > 3:
        slope = _slope(got, want)
        start = (got - slope * want).mean().item()
        says = f"Each value is {slope:.6g} times the expected one, {'plus' if start > 0 else 'minus'} "
        yield Relation(slope * want + start, f"{says}{abs(start):.6g}.", 2)


def _slope(got: Tensor, want: Tensor) -> float:
    off = want - want.mean()
    return ((off * got).sum() / (off * off).sum()).item()


def _scaled(got: Tensor, want: Tensor) -> Iterator[Relation]:
    power = (want * want).sum()
    if not power:
        return
    factor = ((got * want).sum() / power).item()
    name = _name(factor, got)
    said = name or f"{factor:.6g}"
    yield Relation(factor * want, f"Each value is the expected one times {said}.", 0 if name else 1)


def _name(factor: float, got: Tensor) -> str:
    """Return what a factor is; "" when it is no number that is met often."""
    known: dict[float, str] = {}
    for n in sorted({got.numel(), *got.shape} - {0, 1, 2, 4}):  # a half and a quarter have many causes
        where = f"{n} values" if n == got.numel() else f"a dimension of {n}"
        if math.isqrt(n) ** 2 != n:
            known |= {math.sqrt(n): f"√{n} ({where})", math.sqrt(1 / n): f"1/√{n} ({where})"}
        if n > 10:  # a short fraction has many causes
            known |= {n / (n - 1): f"{n}/{n - 1} (n for n - 1?)", (n - 1) / n: f"{n - 1}/{n} (n - 1 for n?)"}
        known |= {1 / n: f"1/{n} ({where}: a mean for a sum?)", float(n): f"{n} ({where}: a sum for a mean?)"}
    for n in range(2, 11):
        known.setdefault(1 / n, f"1/{n}")
        known.setdefault(float(n), str(n))
    near = [name for value, name in (CONSTANTS | known).items() if abs(abs(factor) / value - 1) < 3e-6]
    return ("-" if factor < 0 else "") + near[0] if near else ""


def _cut(got: Tensor, want: Tensor) -> Iterator[Relation]:
    """Yield bounds that a clamp may have had: three values or more lie beyond, and three within."""
    low, high = got.min().item(), got.max().item()
    above, below = want.clamp(max=high), want.clamp(min=low)
    for cut, where in (
        (above, f"{high:.6g}"),
        (below, f"{low:.6g}"),
        (above.clamp(min=low), f"{low:.6g} and {high:.6g}"),
    ):
        within = cut == want
        if min(int(within.sum()), variety(want[~within])) >= 3 and torch.equal(got, cut):
            yield Relation(cut, f"The values are the expected ones, cut off at {where}.", ANY)


def orders(got: Tensor, want: Tensor) -> Iterator[Relation]:
    """Yield where each value could have come from."""
    if want.numel() < 3:
        return
    for a, b in itertools.combinations(range(want.ndim), 2):
        turned = want.transpose(a, b)
        if turned.shape == want.shape:
            of = f" in dimensions {a} and {b}" if want.ndim > 2 else ""
            yield Relation(turned, f"This is transposed{of}.")
        else:
            yield Relation(
                turned.reshape(want.shape),
                f"The values come in an order in which dimensions {a} and {b} are transposed: "
                "a reshape where dimensions must be permuted, or the other way round?",
            )
    for axis, n in enumerate(want.shape):
        if n > 1:
            yield from _along(got, want, axis, n)
    if want.numel() > 3:  # of three worked values two may be each other's by chance
        yield Relation(_sorted_like(got, want), "These are the expected values in another order.", 1)


def _along(got: Tensor, want: Tensor, axis: int, n: int) -> Iterator[Relation]:
    of = f"dimension {axis}" if want.ndim > 1 else "the values"
    yield Relation(want.flip(axis), f"The order along {of} is turned round.")
    for step in range(1, min(n, 9)):
        for shift in {step, -step}:
            yield Relation(
                want.roll(shift, axis), f"The values are shifted by {abs(shift)} along {of}, in a circle."
            )
    for index, name in ((0, "first"), (n - 1, "last")):
        row = want.narrow(axis, index, 1).expand_as(want)
        yield Relation(row, f"Everywhere along {of} stands what belongs to the {name} place.")
    if n > 3:
        for shift, name in ((1, "before"), (-1, "after")):
            moved = want.roll(shift, axis)
            edge = 0 if shift > 0 else n - 1
            moved = moved.index_copy(axis, torch.tensor([edge]), got.narrow(axis, edge, 1))
            yield Relation(moved, f"Each value is that of the place {name} it along {of}: one step off?", 1)
    yield Relation(want.mean(axis, keepdim=True).expand_as(want), f"Everywhere stands the mean along {of}.")
    if n > 3:
        yield Relation(want.cumsum(axis), f"Each value is the running sum of the expected ones along {of}.")
        yield Relation(
            want.cumprod(axis), f"Each value is the running product of the expected ones along {of}."
        )
    yield from _rows(got, want, axis, n)


def _rows(got: Tensor, want: Tensor, axis: int, n: int) -> Iterator[Relation]:
    """Yield rows that have changed places."""
    mine, due = (x.movedim(axis, 0).reshape(n, -1) for x in (got, want))
    if 3 < want.numel() <= ROWS / n:
        nearest = (mine[:, None] - due[None]).abs().amax(-1).argmin(1)
        if variety(nearest) == n:
            moved = want.index_select(axis, nearest)
            yield Relation(moved, f"The right values, but in another order along dimension {axis}.")


def rows(got: Tensor, want: Tensor) -> Iterator[Relation]:
    """Yield a factor or a number of its own for each row."""
    if want.ndim < 2 or want[0].numel() < 3:
        return
    n = len(want)
    mine, due = got.reshape(n, -1), want.reshape(n, -1)
    factors = (mine * due).sum(1, keepdim=True) / (due * due).sum(1, keepdim=True).clamp(min=1e-300)
    shown = ", ".join(f"{x:.4g}" for x in factors.flatten()[:3].tolist())
    scaled = (factors * due).reshape(want.shape)
    yield Relation(scaled, f"Each row is the expected one times a number of its own: {shown}, ...", n)
    off = (mine - due).mean(1, keepdim=True)
    shown = ", ".join(f"{x:.4g}" for x in off.flatten()[:3].tolist())
    says = f"Each row is the expected one plus a number of its own: {shown}, ..."
    yield Relation((due + off).reshape(want.shape), says, n)


def _sorted_like(got: Tensor, want: Tensor) -> Tensor:
    """Return the expected values in the order of the result's."""
    ordered = torch.empty_like(want).flatten()
    ordered[got.flatten().argsort()] = want.flatten().sort().values
    return ordered.reshape(want.shape)


def variety(values: Tensor) -> int:
    """Return how many different values there are."""
    return len(set(values.flatten().tolist()))
