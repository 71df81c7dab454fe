"""Proves that a measured check compares all that came, and asks for what it measures directly where it can.

Who computes only what is compared is fast, and so is who replaces a play that hands nothing but data on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from ..errors import Stop
from ..judging.meters import Meter, Work
from ..judging.plugin import Check
from ..judging.speed import Kind
from ..judging.trial import InProcess, run_check
from ..records import Verdict
from ..seeds import Seed
from .adversaries import leaves
from .degenerate import Reference, degenerate_sources
from .forging import filled
from .harness import FIRST, Harness, imported

DRAWN = 4  # numbers of a value that are changed, one at a time, besides its first and its last one

_seen: list[list[Any]] = []  # the arguments of each call that came to a task's functions


class Spoiling(InProcess):
    """Judges the reference, of whose measured value one number is wrong: so far into it, of 0 to 1.

    It is wrong in the first pair, of which all that came is kept for the next share.
    """

    share: float

    def __init__(self, package: str, seed: Seed, reference: str) -> None:
        super().__init__(package, seed, reference)
        self._kept: list[tuple[Any, float]] = []

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return meters that work once, and of which the first changes what came."""
        turn = iter(range(sys.maxsize))

        def once(meter: Meter) -> Meter:
            def kept(call: Work) -> tuple[Any, float]:
                at = next(turn)
                if at == len(self._kept):
                    self._kept.append(meter(call))
                return self._kept[at]

            return kept

        code, yardstick = map(once, super().meters(check, kind))

        def meter(call: Work) -> tuple[Any, float]:
            value, cost = code(call)
            return spoiled(value, self.share), cost

        return meter, yardstick


class Once(InProcess):
    """Judges code under test until it was asked once."""

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return meters of which the first ends the check when the call is over."""
        code, yardstick = super().meters(check, kind)

        def meter(call: Work) -> tuple[Any, float]:
            code(call)
            raise Stop(Verdict.FAIL, "it was asked once")

        return meter, yardstick


def measures_what_is_asked(harness: Harness) -> None:
    """Tell of measured checks that compare a part only, or measure a play where a call would do."""
    for check in harness.measured:
        harness.problems += [*_not_compared(harness, check), *_not_called(harness, check)]


def _not_compared(harness: Harness, check: Check) -> Iterator[str]:
    trial = Spoiling(harness.assignment.package, FIRST, harness.assignment.package)
    drawn = FIRST.fork(check.name).uniform(DRAWN).tolist()
    for trial.share in (0.0, 1.0, *drawn):
        if run_check(harness.session, check, trial).outcome.verdict is not Verdict.FAIL:
            yield (
                f"{check.name}: one wrong number, {trial.share:.0%} into the value, is not noticed; compare "
                "all of it, or who computes only what is compared is fast"
            )
            return


def _not_called(harness: Harness, check: Check) -> Iterator[str]:
    task = harness.assignment.task(check.task)
    _seen.clear()
    with imported(harness.assignment, degenerate_sources(harness.assignment, task, asked)) as package:
        trial = Once(package, FIRST, harness.assignment.package)
        calls = run_check(harness.session, check, trial).calls
    if calls and calls[-1].play and _seen and all(_is_data(one) for args in _seen for one in leaves(args)):
        yield (
            f"{check.name}: {calls[-1].target!r} hands nothing but data on; measure the call itself, for a "
            "submission can replace a play"
        )
    _seen.clear()


def _is_data(value: Any) -> bool:
    """Say whether a call can bring this to a worker: no leaf that is to be differentiated by."""
    return isinstance(value, Tensor | int | float | str | None) and not getattr(value, "requires_grad", False)


def asked(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Be a function of the reference, and keep what it is asked with."""
    _seen.append([args, kwargs])
    return reference(*args, **kwargs)


def spoiled(value: Any, share: float) -> Any:
    """Return a value with one of its numbers changed by more than any tolerance."""
    sizes = [one.numel() if isinstance(one, Tensor) else 1 for one in leaves(value)]
    left = round(share * (sum(sizes) - 1))

    def fill(leaf: Any, given: object) -> Any:
        nonlocal left
        at, left = left, left - (leaf.numel() if isinstance(leaf, Tensor) else 1)
        if at < 0 or left >= 0:
            return leaf
        if not isinstance(leaf, Tensor):
            return leaf + 1 + abs(leaf)
        changed = leaf.detach().clone().reshape(-1)
        changed[at] += 1 + changed[at].abs()
        return changed.reshape(leaf.shape)

    return filled(value, fill, ())
