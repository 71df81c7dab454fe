"""A function's place in a variant of the reference, where others may answer in its stead."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..judging.plugin import Check
from ..judging.trial import InProcess, run_check
from ..records import Verdict
from ..spec import Task
from .bounded import Clock
from .calling import Answer, Values, copied, fits
from .degenerate import Reference, answering_by
from .harness import FIRST, Harness, imported

ONCE_S, CHECK_S = 0.05, 0.5  # CPU seconds of one call, and of all calls in a check
REFERENCE_S = 60.0


@dataclass
class _Place:
    """Who answers: the reference, whose calls are kept, unless somebody else does."""

    answer: Answer | None = None
    kept: list[tuple[Values, Any]] = field(default_factory=list)


_place = _Place()


def answers(reference: Reference, *args: Any, **kwargs: Any) -> Any:
    """Be the function at hand."""
    bound = inspect.signature(reference).bind(*args, **kwargs)
    bound.apply_defaults()
    if _place.answer:
        return _place.answer(bound.arguments)
    before = copied(bound.arguments)
    result = reference(*args, **kwargs)
    _place.kept.append((before, result))
    return result


@dataclass
class Seat:
    """One function's place, with what the checks ask of it; those of its own task only, gates first."""

    harness: Harness
    package: str
    timer: Clock
    trial: InProcess
    calls: dict[Check, tuple[Values, Any]] = field(default_factory=dict)  # check -> the first call in it

    @property
    def values(self) -> Values:
        """The arguments of a call; none when no check asks for the function."""
        return next(iter(self.calls.values()), ({}, None))[0]

    def passes(self, check: Check, answer: Answer) -> bool:
        """Say whether a check passes with this answer; one whose first result has another form fails."""
        values, expected = self.calls[check]
        self.timer.left_s = ONCE_S
        try:
            if not fits(self.timer.within(lambda: answer(copied(values)), "the answer"), expected):
                return False
        except KeyboardInterrupt:
            raise
        except BaseException:  # whatever another function does with these arguments
            return False
        return self.judge(check, answer, CHECK_S)

    def judge(self, check: Check, answer: Answer | None, limit_s: float) -> bool:
        """Run a check with an answer in the place; None is the reference."""
        _place.answer, self.timer.left_s = answer, limit_s
        _place.kept.clear()
        try:
            return run_check(self.harness.session, check, self.trial).outcome.verdict is Verdict.PASS
        finally:
            _place.answer = None


@contextmanager
def seat_of(harness: Harness, task: Task, target: str, timer: Clock) -> Iterator[Seat]:
    """Import the reference with a free place where one function was, and see who asks for it."""
    assignment = harness.assignment
    source = (assignment.folder / task.file).read_text(encoding="utf-8")
    variant = {task.file: answering_by(answers, assignment, task, target, source)}
    with imported(assignment, variant) as package:
        trial = InProcess(package, FIRST, assignment.package)
        trial.ask = timer.in_time(trial.ask)
        seat = Seat(harness, package, timer, trial)
        for check in sorted(harness.of_task(task), key=lambda check: (not check.gate, check.drawn)):
            if seat.judge(check, None, REFERENCE_S) and _place.kept:
                seat.calls[check] = _place.kept[0]
        yield seat
