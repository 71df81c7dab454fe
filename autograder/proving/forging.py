"""Rewrites what a worker reports, where the judge receives it: values, weights, flags, recorded calls.

Every rewriting keeps kinds, keys and shapes, and none works anything out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Fill = Callable[[Any, Sequence[Any]], Any]  # from a number or tensor and the arguments to what is reported


def kept(leaf: Any, given: Sequence[Any]) -> Any:
    """Return what came."""
    return leaf


def zeros(leaf: Any, given: Sequence[Any]) -> Any:
    """Return zeros."""
    return torch.zeros_like(leaf) if isinstance(leaf, Tensor) else type(leaf)(0)


def ones(leaf: Any, given: Sequence[Any]) -> Any:
    """Return ones."""
    return torch.ones_like(leaf) if isinstance(leaf, Tensor) else type(leaf)(1)


def noise(leaf: Any, given: Sequence[Any]) -> Any:
    """Return the same normal numbers each time; of truth values and whole numbers, what is above zero."""
    size = leaf.shape if isinstance(leaf, Tensor) else ()
    drawn = torch.randn(size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    continuous = isinstance(leaf, float) or (isinstance(leaf, Tensor) and leaf.is_floating_point())
    drawn = drawn if continuous else drawn > 0
    return drawn.to(leaf.dtype) if isinstance(leaf, Tensor) else type(leaf)(drawn.item())


def copies(leaf: Any, given: Sequence[Any]) -> Any:
    """Return an argument of the call that looks like it; zeros when there is none."""
    for value in given:
        if isinstance(leaf, Tensor) and isinstance(value, Tensor) and _alike(value, leaf):
            return value.detach().to(leaf.dtype)
        if not isinstance(leaf, Tensor) and type(value) is type(leaf):
            return value
    return zeros(leaf, given)


def cloned(leaf: Any, given: Sequence[Any]) -> Any:
    """Return what came, in memory of its own."""
    return leaf.clone() if isinstance(leaf, Tensor) else leaf


def _alike(a: Tensor, b: Tensor) -> bool:
    """Say whether two tensors look alike; whole numbers as truth values would be work, and no copy."""
    return a.shape == b.shape and (a.dtype == b.dtype or (a.is_floating_point() and b.is_floating_point()))


BLIND = (zeros, ones, noise, copies)
PLAIN = (zeros, ones, copies)


@dataclass(frozen=True)
class Rewriting:
    """One part of each reply by one rule, all others by another; without a part all of it by the first."""

    fill: Fill
    part: int | None = None
    rest: Fill = kept

    def __str__(self) -> str:
        words = self.fill.__name__.replace("_", " ")
        return (
            words if self.part is None else f"{words} in part {self.part + 1}, {self.rest.__name__} elsewhere"
        )

    def of(self, value: Any, given: Sequence[Any]) -> Any:
        """Return the reply that is reported instead of a value."""
        if self.part is None:
            return filled(value, self.fill, given)
        rules = [self.fill if i == self.part else self.rest for i in range(len(parts_of(value)))]
        if isinstance(value, dict):
            return {key: filled(value[key], rule, given) for key, rule in zip(value, rules, strict=True)}
        if isinstance(value, tuple | list):
            return type(value)(filled(item, rule, given) for item, rule in zip(value, rules, strict=True))
        return filled(value, self.fill if self.part == 0 else self.rest, given)


def blind(parts: int) -> Iterator[Rewriting]:
    """Yield the rewritings that keep nothing of what came, of replies with so many parts."""
    yield from (Rewriting(fill) for fill in BLIND)
    if parts > 1:
        pairs = [(fill, rest) for fill in PLAIN for rest in PLAIN if fill is not rest]
        yield from (Rewriting(fill, part, rest) for part in range(parts) for fill, rest in pairs)


def partial(parts: int) -> Iterator[Rewriting]:
    """Yield the rewritings of one part of several, the others as they came."""
    if parts > 1:
        yield from (Rewriting(fill, part) for part in range(parts) for fill in BLIND)


def parts_of(value: Any) -> Sequence[Any]:
    """Return the parts of a reply: a dictionary's values, the items of a tuple or list, or all of it."""
    return (
        list(value.values())
        if isinstance(value, dict)
        else value
        if isinstance(value, tuple | list)
        else [value]
    )


def filled(value: Any, fill: Fill, given: Sequence[Any]) -> Any:
    """Return a value of the same form with a rule applied to all its numbers."""
    match value:
        case dict():
            return {key: filled(item, fill, given) for key, item in value.items()}
        case tuple() | list():
            return type(value)(filled(item, fill, given) for item in value)
        case Tensor() | bool() | int() | float():
            return fill(value, given)
    return value


def settled(value: Any, right: Any, given: Sequence[Any]) -> Any:
    """Return a reply with the right one's side conditions: its truth values, and arguments left alone."""
    match right:
        case bool():
            return right
        case Tensor():
            alike = [one for one in given if isinstance(one, Tensor) and one.dtype == right.dtype]
            echoes = any(torch.equal(one, right) for one in alike)
            return right if echoes else value
        case dict() if isinstance(value, dict) and value.keys() == right.keys():
            return {key: settled(value[key], right[key], given) for key in right}
        case tuple() | list() if isinstance(value, tuple | list) and len(value) == len(right):
            return type(value)(settled(a, b, given) for a, b in zip(value, right, strict=True))
    return value
