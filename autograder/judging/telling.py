"""What of a task's calls tells which mistake was made: those that gave what they should not, and others."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..calls.undertest import Call
from ..records import Verdict
from .evidence import again, evidence_of, same
from .fitted import flat
from .trial import CheckRun

DIGITS = 6.0  # that differ from the reference at least: one value in float64, which a thousand slips miss
UNIQUE = 40  # values that are counted
TRUTH, COUNTED = 0.1, 0.3  # digits that a truth value or a whole number among others is worth
SHORT = 1.5  # digits that a value such as 0.5 is worth
FAR = 0.01  # of the largest value
SEVERAL, SOON_S = 3, 30e-3  # times, and seconds by which a call may take longer that tells more


@dataclass(frozen=True)
class Evidence:
    """The calls of a task's checks: the wrong ones with what is due, those first that cost least."""

    checks: frozenset[str]  # that failed, and whose calls can be repeated
    wrong: Sequence[tuple[Call, Any]]
    fitting: Sequence[Call]  # those that gave what is due
    digits: float  # in which what came differs from what is due, of all calls
    by: tuple[Call, Any]  # the wrong one by which values are found


def evidence(package: str, judged: Sequence[CheckRun]) -> Evidence | None:
    """Return what the calls of a task's checks tell; None where that is too little for a conclusion.

    `package` is the reference's.
    """
    asked = [one for one in judged if one.outcome.verdict in (Verdict.FAIL, Verdict.PASS)]
    seen = {one.check.name: evidence_of(one) for one in asked if not one.check.measured}
    failed = [one.check.name for one in asked if one.outcome.verdict is Verdict.FAIL]
    checks = frozenset(name for name in failed if seen.get(name))
    if not checks:
        return None
    wrong, fitting = [], []
    for call in itertools.chain.from_iterable(seen.values()):
        start = time.perf_counter()
        right = again(package, call)
        cost_s = time.perf_counter() - start
        if same(call.outcome, right):
            fitting.append(call)
        else:
            wrong.append((cost_s, call, right))
    soon_s = SEVERAL * min((cost_s for cost_s, _, _ in wrong), default=0.0) + SOON_S
    wrong.sort(key=lambda one: max(one[0], soon_s))  # equal as long as they are quick: time is never the same
    digits = [_digits(call.outcome, right) for _, call, right in wrong]
    if sum(digits) < DIGITS:
        return None
    quick = [one for one in zip(digits, wrong, strict=True) if one[1][0] <= soon_s]
    by = max(quick, key=lambda one: (_far(*one[1][1:]), not one[1][1].play, one[0]))[1][1:]
    return Evidence(checks, [one[1:] for one in wrong], fitting, sum(digits), by)


def _far(call: Call, right: Any) -> bool:
    """Say whether what came is so far from what is due that rounding hides little of it."""
    came, due = (flat(outcome) for outcome in (call.outcome, right))
    if came is None or due is None or came.shape != due.shape or not came.numel():
        return False
    return (came - due).abs().max().item() > FAR * due.abs().max().item()


def _digits(came: Any, due: Any) -> float:
    """Return how many digits of what came differ from what is due, roughly: of exceptions and texts, none."""
    if isinstance(came, Tensor) and isinstance(due, Tensor):
        if came.is_complex() or due.is_complex():
            came, due = (torch.view_as_real(one.resolve_conj() + 0j) for one in (came, due))
        apart = came[came != due] if came.shape == due.shape else came
        seen = set(apart.double().abs().flatten().tolist()[:UNIQUE])
        each = TRUTH if apart.dtype == torch.bool else COUNTED if len(seen) > 1 else 0.0
        by_count: float = each * min(apart.numel(), UNIQUE)
        most = 6.0 if came.dtype == torch.float64 else 5.0 if came.dtype == torch.float32 else 2.0
        return max(by_count, sum(_worth(one, most) for one in seen))
    if isinstance(came, dict) and isinstance(due, dict):
        return sum(_digits(value, due.get(key)) for key, value in came.items())
    if isinstance(came, tuple | list) and isinstance(due, tuple | list):
        return sum(map(_digits, came, due))
    if isinstance(came, int | float) and isinstance(due, int | float) and came != due:
        return _worth(abs(float(came)), 6.0)
    return 0.0


def _worth(value: float, most: float) -> float:
    """Return how many digits a value is worth: few when it is whole or short, none when it is not finite."""
    if not math.isfinite(value):
        return 0.0
    if value == int(value):
        return math.log10(1 + value)
    return SHORT if abs(float(f"{value:.2g}") - value) <= 2e-6 * value else most
