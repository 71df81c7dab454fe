"""Runs checks in order on code under test, wherever that code runs, and keeps the evidence."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import pytest

from ..calls.outcomes import NothingRaised, Outcome
from ..calls.undertest import Call, UnderTest, ask_here, signatures_of
from ..records import Measured, OnGpu, Verdict, Visibility
from ..seeds import Seed
from ..spec import Assignment
from .meters import METERS_HERE, Meter
from .plugin import Check, Source
from .session import Session
from .speed import Kind


@dataclass(frozen=True)
class CheckRun:
    """One check's outcome with the evidence for it."""

    check: Check
    outcome: Outcome
    seconds: float
    calls: tuple[Call, ...] = ()
    printed: str = ""
    error: str = ""  # the grader's own traceback when the verdict is ERROR
    measured: Measured | None = None  # of a check of speed or memory
    on_gpu: OnGpu | None = None  # of its calls on a pretend one, where they were made there once more


class Trial(Source):
    """A source that remembers the calls of the check at hand, and is told when a check is over."""

    code: UnderTest | None = None

    def printed(self) -> str:
        """Return what the student's code printed during the check."""
        return ""

    def bounded(self) -> AbstractContextManager[None]:
        """Return what bounds the time of a check, for code that is not trusted."""
        return nullcontext()

    def final(self, judged: CheckRun) -> CheckRun:
        """Return the verdict that stands, after whatever must be tried once more."""
        return judged


def run_checks(
    session: Session, assignment: Assignment, checks: Iterable[Check], trial: Trial
) -> Iterator[CheckRun]:
    """Run checks in order; a check of a task whose `needs` did not pass in public is SKIPPED."""
    collected = {check.task for check in session.checks if check.visibility is Visibility.PUBLIC}
    broken: set[str] = set()
    for check in checks:
        missing = [need for need in assignment.task(check.task).needs if need in broken & collected]
        if missing:
            skipped = Outcome(
                Verdict.SKIPPED, f"task {missing[0]} comes first: its public checks do not pass yet"
            )
            judged = CheckRun(check, skipped, 0.0)
        else:
            judged = trial.final(run_check(session, check, trial))
        if check.visibility is Visibility.PUBLIC and not _right(judged):
            broken.add(check.task)
        yield judged


def _right(judged: CheckRun) -> bool:
    """Say whether an answer is right, though it may cost too much, or not end, where costs are measured."""
    costly = judged.outcome.verdict in (Verdict.SLOW, Verdict.MEMORY, Verdict.TIMEOUT)
    return judged.outcome.verdict is Verdict.PASS or (judged.check.measured and costly)


def run_check(session: Session, check: Check, trial: Trial) -> CheckRun:
    """Run one check; PASS needs positive evidence, a call that was answered."""
    trial.code = None
    with trial.bounded():
        ran = session.run(check.name, trial)
    calls: tuple[Call, ...] = tuple(trial.code.calls_made) if trial.code else ()
    outcome, error = ran.outcome, ""
    if outcome.verdict is Verdict.PASS and all(call.outcome is None for call in calls):
        outcome = Outcome(Verdict.ERROR, "the check passed without a call to the submission")
    if isinstance(ran.error, NothingRaised) and calls:
        outcome = replace(outcome, message=f"{outcome.message} from {calls[-1].asked()}")
    if outcome.verdict is Verdict.ERROR:
        error = f"{outcome.message}\n" + "".join(traceback.format_exception(ran.error))
    measured = trial.code.measured if trial.code else None
    return CheckRun(check, outcome, ran.seconds, calls, trial.printed(), error, measured)


class InProcess(Trial):
    """Judges a package that is imported here: practice runs, the reference, verify's variants."""

    def __init__(self, package: str, seed: Seed, reference: str = "") -> None:
        self.ask = ask_here(package)
        self._signatures = signatures_of(reference or package)
        self._reference = reference
        self._seed = seed

    def submission(self, check: Check) -> UnderTest:
        """Return the code under test."""
        self.code = self.code or UnderTest(self.ask, self._signatures)
        return self.code

    def reference(self, check: Check) -> UnderTest:
        """Return the reference, for hidden checks."""
        return reference_for(check, self._reference)

    def seed(self, check: Check) -> Seed:
        """Return the check's seed."""
        return self._seed.fork(check.name)

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return meters of calls in this process; the yardstick's calls are no evidence."""
        meter = METERS_HERE[kind]
        return meter(self.submission(check)), meter(UnderTest(self.ask, lambda target: None))


def reference_for(check: Check, package: str) -> UnderTest:
    """Give a hidden check the reference; refuse a public one, for students have no reference."""
    if check.visibility is not Visibility.HIDDEN or not package:
        raise pytest.UsageError(f"{check.name}: only hidden checks may use `reference`")
    return UnderTest(ask_here(package), lambda target: None)


def in_order(
    assignment: Assignment, checks: Iterable[Check], only: frozenset[str] | None = None
) -> list[Check]:
    """Sort checks as they are run: public before hidden, each in the order of the assignment's tasks."""
    places = {task.id: place for place, task in enumerate(assignment.tasks)}
    chosen = [check for check in checks if only is None or check.name in only]
    return sorted(chosen, key=lambda check: (check.visibility is Visibility.HIDDEN, places[check.task]))


def with_few_processes(checks: list[Check]) -> list[Check]:
    """Put hidden checks that begin in a fresh process first of the hidden ones, whose process is fresh then.

    A public one stays in its place: whether its task's `needs` pass must be known before.
    """
    return sorted(
        checks, key=lambda check: check.visibility is Visibility.HIDDEN and (1 if check.afresh else 2)
    )
