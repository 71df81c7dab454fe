"""Answers that leave the work to another function, and the proof that none of them answers a task.

Tried is whatever a worker can import beside a submission. One function of a task at a time hands its
arguments on, in their order or by their names; everything else is the reference's. That is an answer when its
gates let it through and it passes a hidden check that refuses what works nothing out (None, zeros, NaN, the
input), since some only ask that arguments are left alone. Gates are coarse: they count where a function has
no other hidden check. A given function that does nothing but call torch is told apart, in a note: what it
does a submission may ask of torch itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial, reduce
from pathlib import Path
from typing import Any

from ..calls.answer import Code
from ..calls.outcomes import Outcome
from ..judging.plugin import Check
from ..judging.trial import CheckRun
from ..records import Verdict, Visibility
from ..spec import Assignment, Task
from .bounded import bounded_memory, clock
from .calling import Answer, Values, ways
from .degenerate import (
    Reference,
    replaceable,
    returns_its_input,
    returns_nan,
    returns_none,
    returns_zeros,
)
from .harness import Harness, points
from .reachable import only_calls_torch, reachable, staged_modules
from .seat import CHECK_S, Seat, seat_of
from .verified import Delegates

NOTHING = (returns_none, returns_zeros, returns_nan, returns_its_input)


def delegates_answer_nothing(harness: Harness, beside: Sequence[str]) -> Delegates:
    """Try every staged function, and those of the modules `beside`, in the place of each task's functions."""
    modules = (*staged_modules(harness.assignment), *beside)
    found: list[bool] = []  # for each way to leave a function to another one: whether that answers it
    with bounded_memory(), clock() as timer:
        for task in harness.tasks:
            for target in replaceable(harness.assignment, task):
                with seat_of(harness, task, target, timer) as seat:
                    found += _try_all(seat, task, target, modules)
    return Delegates(len(found), sum(found))


def _try_all(seat: Seat, task: Task, target: str, modules: Sequence[str]) -> Iterator[bool]:
    """Try everybody in one function's place; yield for each way whether it is an answer."""
    harness = seat.harness
    works = _refusing_nothing(seat, _function(harness.assignment, task, target))
    for one in reachable(harness.assignment, seat.package, modules):
        for answer in ways(one.function, seat.values, Code(seat.package)):
            passed = _passed(seat, answer)
            is_answer = any(map(works, passed))
            excused = is_answer and only_calls_torch(one.function)
            if is_answer:
                told = harness.notes if excused else harness.problems
                told.append(_says(seat, task, target, one.name, passed))
            yield is_answer and not excused


def _refusing_nothing(seat: Seat, function: Reference) -> Callable[[Check], bool]:
    """Return what says of a check whether it counts, and refuses all that works nothing out."""
    hidden = [check for check in seat.calls if check.visibility is Visibility.HIDDEN]
    counting = [check for check in hidden if not check.gate] or hidden

    @cache
    def works(check: Check) -> bool:
        kinds = (partial(_of_kind, kind, function) for kind in NOTHING)
        return check in counting and not any(seat.judge(check, kind, CHECK_S) for kind in kinds)

    return works


def _of_kind(kind: Reference, function: Reference, values: Values) -> Any:
    return kind(function, *values.values())


def _function(assignment: Assignment, task: Task, target: str) -> Reference:
    module: Any = importlib.import_module(f"{assignment.package}.{Path(task.file).stem}")
    function: Reference = reduce(getattr, target.split("."), module)
    return function


def _passed(seat: Seat, answer: Answer) -> list[Check]:
    """Return the checks that pass with this answer; none when a gate does not."""
    passed: list[Check] = []
    for check in seat.calls:
        if seat.passes(check, answer):
            passed.append(check)
        elif check.gate:
            return []
    return passed


def _says(seat: Seat, task: Task, target: str, name: str, passed: Sequence[Check]) -> str:
    """Tell of a function that answers, and what that earns."""

    def earned(right: Callable[[Check], bool]) -> float:
        verdicts = {True: Outcome(Verdict.PASS), False: Outcome(Verdict.FAIL)}
        own = seat.harness.of_task(task)
        return points(task, [CheckRun(check, verdicts[right(check)], 0.0) for check in own])

    worth = earned(lambda check: check not in seat.calls or check in passed)
    worth -= earned(lambda check: check not in seat.calls)
    return (
        f"task {task.id!r}: {target!r} that hands its arguments on to {name} earns {worth:g} points "
        f"({len(passed)} of {len(seat.calls)} checks pass); a worker must not reach an answer"
    )
