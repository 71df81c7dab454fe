"""Which pairs of a class stand out: the bound comes from the assignment's own pairs, not from a constant.

Short tasks look alike by nature, so each pair is measured on -log(1.02 - share), which tells 0.97 from 0.90
as it does 0.6 from 0.4, and is flagged where it lies more than three interquartile ranges above the upper
quartile (Tukey's "far out").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import quantiles

from .fingerprints import LEAST, Pair, Text, pair_of

FAR_OUT = 3.0  # interquartile ranges
FEWEST = 45  # pairs that make a distribution: those of ten students
SLACK = 0.02


@dataclass(frozen=True)
class Likeness:
    """All pairs of a class, and of it with earlier years, the most alike first."""

    pairs: tuple[Pair, ...]
    bound: float | None  # share from which on a pair is flagged; None when there are too few pairs
    short: tuple[str, ...]  # who wrote too little to be compared

    @property
    def flagged(self) -> tuple[Pair, ...]:
        """The pairs that a person should look at."""
        return tuple(pair for pair in self.pairs if self.bound is not None and pair.share > self.bound)


def compare(
    texts: Sequence[Text], earlier: Sequence[Text], step: Callable[[], object] = lambda: None
) -> Likeness:
    """Compare everybody in a class with everybody else, and with earlier years."""
    now, before = _long_enough(texts), _long_enough(earlier)
    pairs = []
    for one, other in (*combinations(now, 2), *product(now, before)):
        pairs.append(pair_of(one, other))
        step()
    pairs.sort(key=lambda pair: (-pair.share, pair.one.who, pair.other.who))
    short = tuple(one.who for one in texts if one.length < LEAST)
    return Likeness(tuple(pairs), bound_of(pair.share for pair in pairs), short)


def pairs_of(texts: Sequence[Text], earlier: Sequence[Text]) -> int:
    """Return how many pairs `compare` looks at."""
    now = len(_long_enough(texts))
    return now * (now - 1) // 2 + now * len(_long_enough(earlier))


def _long_enough(texts: Sequence[Text]) -> list[Text]:
    return [one for one in texts if one.length >= LEAST]


def bound_of(shares: Iterable[float]) -> float | None:
    """Return the share above which a pair is far out; None when there are too few to say."""
    stretched = [-math.log(1 + SLACK - share) for share in shares]
    if len(stretched) < FEWEST:
        return None
    low, _, high = quantiles(stretched, n=4)
    return 1 + SLACK - math.exp(-(high + FAR_OUT * (high - low)))
