"""Names a mistake that nobody foresaw: makes small slips in the reference and looks for the same results.

A slip is told only where it gives, in every call of every check of the task, what came; where so much differs
from the reference that no chance does that; and where few slips give the same.
"""

from __future__ import annotations

import itertools
import math
import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
import torch
from torch import Tensor

from ..calls.undertest import Call
from ..records import CheckResult, TaskResult, Verdict, Visibility
from ..spec import Assignment
from .copied import in_a_copy
from .evidence import again, evidence_of, same
from .fitted import flat
from .search import searched
from .trial import CheckRun

DIGITS = 6.0  # that differ from the reference at least: one value in float64, which a thousand slips miss
UNIQUE = 40  # values that are counted
TRUTH, COUNTED = 0.1, 0.3  # digits that a truth value or a whole number among others is worth
SHORT = 1.5  # digits that a value such as 0.5 is worth
FAR = 0.01  # of the largest value
SOON_S = 1e-3  # by which a call may take longer that tells more
OPEN = re.compile(r"stands where (a|another) \w+ belongs")
TASKS = 3  # of a submission, at most
MOST_S = 5.0  # CPU time of a task; usual are tenths of a second


def slipped(assignment: Assignment, task: str, judged: Sequence[CheckRun]) -> dict[str, str]:
    """Return for each failed check of a task the slip that gives all that came, as its sentence."""
    asked = [one for one in judged if one.outcome.verdict in (Verdict.FAIL, Verdict.PASS)]
    seen = {one.check.name: evidence_of(one) for one in asked if not one.check.measured}
    failed = [one.check.name for one in asked if one.outcome.verdict is Verdict.FAIL]
    if not any(seen[check] for check in failed if check in seen):
        return {}
    wrong, fitting = [], []
    for call in itertools.chain.from_iterable(seen.values()):
        start = time.perf_counter()
        right = again(assignment.package, call)
        cost_s = time.perf_counter() - start
        if same(call.outcome, right):
            fitting.append(call)
        else:
            wrong.append((cost_s, call, right))
    wrong.sort(key=lambda one: one[0])
    digits = [_digits(call.outcome, right) for _, call, right in wrong]
    if sum(digits) < DIGITS:
        return {}
    telling = [call for _, call, _ in wrong]
    quick = [one for one in zip(digits, wrong, strict=True) if one[1][0] < 2 * wrong[0][0] + SOON_S]
    by = max(quick, key=lambda one: (_far(one[1]), not one[1][1].play, one[0]))[1][1]
    says = searched(assignment, assignment.task(task), [*telling, *fitting], telling, by, sum(digits))
    return {check: says for check in failed if seen.get(check)} if says else {}


def _far(one: tuple[float, Call, Any]) -> bool:
    """Say whether what came is so far from what is due that rounding hides little of it."""
    came, due = (flat(outcome) for outcome in (one[1].outcome, one[2]))
    if came is None or due is None or came.shape != due.shape or not came.numel():
        return False
    return (came - due).abs().max().item() > FAR * due.abs().max().item()


def with_slips(
    assignment: Assignment, tasks: Sequence[TaskResult], judged: Sequence[CheckRun]
) -> tuple[TaskResult, ...]:
    """Return the tasks, and name slips in the first few that failed and in which no mistake is known."""
    unnamed = [task.id for task in tasks if _is_unnamed(task)][:TASKS]
    return tuple(_with_slip(assignment, task, judged) if task.id in unnamed else task for task in tasks)


def _is_unnamed(task: TaskResult) -> bool:
    failed = any(check.verdict is Verdict.FAIL for check in task.checks)
    return failed and not any(check.diagnosis for check in task.checks)


def _with_slip(assignment: Assignment, task: TaskResult, judged: Sequence[CheckRun]) -> TaskResult:
    mine = [one for one in judged if one.check.task == task.id]
    found = in_a_copy(partial(slipped, assignment, task.id, mine), MOST_S)
    checks = (
        _with_sentence(check, found[check.name]) if check.name in found else check for check in task.checks
    )
    return msgspec.structs.replace(task, checks=tuple(checks))


def _with_sentence(check: CheckResult, says: str) -> CheckResult:
    """Return a check with a sentence; the hint stays where that is open, or, of a hidden check, not shown."""
    stays = check.visibility is Visibility.HIDDEN or OPEN.search(says)
    return msgspec.structs.replace(check, hint=check.hint if stays else "", diagnosis=says)


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
