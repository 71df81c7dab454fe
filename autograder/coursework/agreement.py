"""How far two markers agree: Cohen's kappa with quadratic weights, over the levels of the criteria."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from ..intake.rubricmarks import AGREED, Entered
from ..rubric import Rubric

FEWEST = 10  # pairs of marks below which kappa says little


@dataclass(frozen=True)
class Agreement:
    """What two markers gave to the same works, for one criterion or for a whole deliverable."""

    deliverable: str
    criterion: str  # "" for all together
    markers: tuple[str, str]
    pairs: int
    kappa: float | None  # None where both always give one level: nothing was told apart
    same: float  # share of works on the same level
    apart: float  # how much more the second gives, in points, on average

    @property
    def enough(self) -> bool:
        """Say whether there are pairs enough to take kappa seriously."""
        return self.pairs >= FEWEST


def agreements(entered: Iterable[Entered], rubrics: Mapping[str, Rubric]) -> Iterator[Agreement]:
    """Yield how far each two markers of a deliverable agree, criterion by criterion and all together."""
    given: defaultdict[tuple[str, str], dict[str, Entered]] = defaultdict(dict)
    for one in entered:
        if one.marker.casefold() != AGREED:
            given[one.deliverable, one.marker][f"{one.student.casefold()}/{one.criterion}"] = one
    for (deliverable, first), (other, second) in combinations(sorted(given), 2):
        if deliverable != other:
            continue
        rubric, a, b = rubrics[deliverable], given[deliverable, first], given[deliverable, second]
        both = [(a[work], b[work]) for work in sorted(a.keys() & b.keys())]
        for criterion in ("", *(one.id for one in rubric.criteria)):
            pairs = [pair for pair in both if criterion in ("", pair[0].criterion)]
            if pairs:
                yield _agreement(rubric, criterion, (first, second), pairs)


def _agreement(
    rubric: Rubric, criterion: str, markers: tuple[str, str], pairs: list[tuple[Entered, Entered]]
) -> Agreement:
    levels = [tuple(rubric.criterion(one.criterion).level(one.points) for one in pair) for pair in pairs]
    return Agreement(
        rubric.deliverable, criterion, markers, len(pairs),
        weighted_kappa([a for a, _ in levels], [b for _, b in levels]),
        fmean(a == b for a, b in levels),
        round(fmean(b.points - a.points for a, b in pairs), 2),
    )  # fmt: skip


def weighted_kappa(first: list[int], second: list[int]) -> float | None:
    """Return Cohen's kappa with quadratic weights; None where all marks are one level."""
    from sklearn.metrics import cohen_kappa_score

    if len({*first, *second}) < 2:
        return None
    return float(
        cohen_kappa_score(first, second, weights="quadratic", labels=range(max(*first, *second) + 1))
    )
