"""The fixtures `speed` and `memory`: a check of what a call costs, as a ratio to a yardstick's cost.

A yardstick is a play that does a public operation of like cost, so that students can run the check at home:

    @task("nearest_code")
    def test_search_needs_no_loop(speed):
        \"\"\"The search costs about as much as torch's own distances\"\"\"
        speed("quantize.nearest_code", plays.torch_distances, case)

`case(seed)` returns the arguments of one call, fresh for each. Code under test and yardstick take turns in
changing order; what a call costs beside the work (copying its values) is measured too and subtracted. Every
value is compared with the yardstick's, or by `agree(value, yardstick's value, arguments)`. How much may be
used, in units of the yardstick, stands in `assignment.toml`: `speed = { limit = 3, naive = 12 }`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..calls.answer import ECHO
from ..calls.undertest import UnderTest
from ..checks import close
from ..errors import Stop
from ..records import COSTS, Measured, Verdict
from ..seeds import Seed
from ..spec import Bound
from .meters import Meter

Play = Callable[..., Any]
Case = Callable[[Seed], tuple[Any, ...]]
Agree = Callable[[Any, Any, tuple[Any, ...]], None]  # raises when a value is wrong
Kind = Literal["speed", "memory"]

LEAD = 6  # by so many pairs one side must lead: 1 in 500,000 misjudged if 1 pair in 10 is on the wrong side
MOST = 30  # pairs after which it is a tie so far
ROUNDS = 3  # of pairs; a tie in all of them is no proof of slowness
FAR = 2.0  # times below or above the limit: a disturbance seldom moves a ratio so far ...
FAR_BELOW, FAR_ABOVE = 3, 2  # ... so such a pair counts for as many, while no pair says otherwise
# Of the yardstick's whole cost, the least that its work counts as. Usual are 0.5 to 0.95 of the time: where
# less is left, copying was disturbed, and any answer would look slow.
FLOORS = {"speed": 0.25, "memory": 0.02}
SURELY = 1.5  # a naive answer's cost over this is too much in the mean, however the single pairs turn out
AGAIN = 6  # pairs more, with the same input, when memory seems too much: what disturbs a peak only raises it
AGAIN_FAR = 3  # where it is far too much: what disturbs a peak does not double it again and again
COUNTS = 1  # of them all the second least: one chance find is not what a call takes


@dataclass
class Race:
    """Ratios of one pair after the other, until one side of the limit leads clearly."""

    limit: float
    ratios: list[float] = field(default_factory=list)
    naive: float = math.inf  # what a naive answer costs

    @property
    def lead(self) -> int:
        """Pairs within the limit less pairs beyond it; what is far from it needs fewer, if all agree."""
        within = sum(ratio <= self.limit for ratio in self.ratios)
        if 0 < within < len(self.ratios):
            return 2 * within - len(self.ratios)
        if within:
            return sum(FAR_BELOW if FAR * ratio <= self.limit else 1 for ratio in self.ratios)
        return -sum(FAR_ABOVE if ratio >= FAR * self.limit else 1 for ratio in self.ratios)

    @property
    def open(self) -> bool:
        """Say whether another pair could still tell."""
        return abs(self.lead) < LEAD and len(self.ratios) < MOST

    @property
    def lost(self) -> bool:
        """Say whether the limit is exceeded beyond doubt: by most pairs, or by all but the dearest together.

        Who is slow for some inputs only may win or tie by pairs.
        """
        rest = sorted(self.ratios)[:-1]
        dear = bool(rest) and statistics.mean(rest) >= max(self.limit, self.naive / SURELY)
        return self.lead <= -LEAD or (dear and not self.open)


@dataclass
class Pairs:
    """Code under test and yardstick, called in turn with the same arguments."""

    code: Meter
    yardstick: Meter
    seed: Seed
    floor: float = 0.0
    made: int = 0
    overhead: list[float] = field(default_factory=list)  # cost of calls that only pass their values on

    def ratio(
        self, target: str | Play, yardstick: Play, case: Case, agree: Agree, fresh: bool = True
    ) -> float:
        """Return the ratio of the two costs for a fresh case, or the first one, after checking the value."""
        args = case(self.seed.fork(f"case {self.made if fresh else 0}"))
        first = self.made % 2
        self.made += 1
        if first:
            value, cost = self.code(_call(target, args))
        expected, unit = self.yardstick(_call(yardstick, args))
        if not first:
            value, cost = self.code(_call(target, args))
        self.overhead.append(self.yardstick(_call(ECHO, args))[1])
        agree(value, expected, args)
        overhead = statistics.median(self.overhead)
        work = max(unit - overhead, self.floor * unit)
        if not work:
            raise ValueError("the yardstick costs nothing that can be measured: give it a larger case")
        return max(0.0, cost - overhead) / work


@dataclass(frozen=True)
class CostComparison:
    """What the fixtures `speed` and `memory` give a check: call it to measure."""

    kind: Kind
    code: UnderTest  # in which the figure is noted
    meters: Callable[[Kind], tuple[Meter, Meter]]  # of the code under test and of the yardstick
    bound: Bound
    seed: Seed

    def __call__(
        self, target: str | Play, yardstick: Play, case: Case, agree: Agree | None = None, hint: str = ""
    ) -> None:
        """Stop with SLOW or MEMORY when the limit is exceeded beyond doubt; note the ratio either way."""
        pairs = Pairs(*self.meters(self.kind), self.seed, FLOORS[self.kind])

        def ratio() -> float:
            fresh = self.kind == "speed"
            return pairs.ratio(target, yardstick, case, agree or _the_same, fresh)

        if self.kind == "memory":
            race = Race(self.bound.limit, [ratio()])
            if race.lead < 0:
                far = race.ratios[0] >= FAR * self.bound.limit
                race.ratios = [sorted(ratio() for _ in range(AGAIN_FAR if far else AGAIN))[COUNTS]]
            lost = race.lead < 0
        else:
            ratio()  # imports and first allocations
            pairs.overhead.clear()
            race = self._race(ratio)
            lost = race.lost
        self.code.measured = Measured(
            self.kind, statistics.median(race.ratios), self.bound.limit, self.bound.naive, len(race.ratios)
        )
        if lost:
            verdict = Verdict.SLOW if self.kind == "speed" else Verdict.MEMORY
            cost = COSTS[self.kind]
            raise Stop(
                verdict, f"this takes more than {self.bound.limit:g} times the yardstick's {cost}", hint
            )

    def _race(self, ratio: Callable[[], float]) -> Race:
        for _ in range(ROUNDS):
            race = Race(self.bound.limit, naive=self.bound.naive)
            while race.open:
                race.ratios.append(ratio())
            if abs(race.lead) >= LEAD:
                break
        return race


def _call(target: str | Play, args: tuple[Any, ...]) -> Callable[[UnderTest], Any]:
    def call(code: UnderTest) -> Any:
        value = code.call(target, args, {}) if isinstance(target, str) else code.play(target, *args)
        del code.calls_made[:-1]  # they hold large values, and the last one is evidence enough
        return value

    return call


def _the_same(value: Any, expected: Any, args: tuple[Any, ...]) -> None:
    close(value, expected, rtol=1e-4, atol=1e-5)  # float32, summed in another order
