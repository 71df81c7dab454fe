"""Late days: how many somebody took, what is left of a score, and where the free ones save most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

DAY = timedelta(days=1)


def days_late(received: datetime | None, due: datetime | None) -> int:
    """Return how many days begun after the due time: one second is a day; 0 where either is not known."""
    if received is None or due is None or received <= due:
        return 0
    return -((due - received) // DAY)


def kept(days: int, free: int, penalty: Fraction) -> Fraction:
    """Return which share of a score stays, 0 to 1, when so many of its late days are free.

    `penalty` is the share that each other day takes.
    """
    return max(Fraction(0), 1 - penalty * max(0, days - free))


def spend(worth: Sequence[Sequence[Fraction]], free: int) -> list[int]:
    """Return how many free days each assignment gets, so that all together are worth the most.

    `worth[i][f]` is what assignment i is worth with f free days. Among equals the fewest days are spent, and
    on the earliest assignments.
    """
    plans: dict[int, tuple[Fraction, tuple[int, ...]]] = {0: (Fraction(0), ())}  # days spent -> the best way
    for values in worth:
        longer: dict[int, tuple[Fraction, tuple[int, ...]]] = {}
        for spent, (total, plan) in plans.items():
            for days, value in enumerate(values[: free - spent + 1]):
                way = (total + value, (*plan, days))
                longer[spent + days] = max(longer.get(spent + days, way), way)
        plans = longer
    return list(max(plans.items(), key=lambda item: (item[1][0], -item[0], item[1][1]))[1][1])
