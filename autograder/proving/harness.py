"""The test harness of `verify`: one warm session on which variants of the reference are judged here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from ..judging.plugin import Check
from ..judging.score import earned, result_of
from ..judging.session import Session
from ..judging.trial import CheckRun, InProcess, in_order, run_checks
from ..records import Verdict
from ..seeds import PRACTICE, Seed
from ..sources.dependencies import Uses, dependents, uses_of
from ..sources.variants import Right, Wrong, load_package, unload_package
from ..spec import Assignment, Task
from .mutants import Mutant
from .traced import called_in

FIRST = PRACTICE  # the seed of most proofs; with it a wrong answer gives what its released fingerprint is of
Variant = TypeVar("Variant", Wrong, Right, Mutant)
Sources = Mapping[str, str]  # file name -> source that replaces the reference's


@dataclass(frozen=True)
class Tried:
    """A variant that was judged here on the first seed; the worker must come to the same verdicts."""

    what: str
    sources: Sources
    judged: list[CheckRun]


@dataclass
class Harness:
    """A session, what was learnt about its checks, and what must be told to people."""

    assignment: Assignment
    session: Session
    seeds: int = 1  # on which right answers must pass
    only: frozenset[str] = frozenset()  # the tasks that are proven, by id; all when there are none
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # worth knowing, and no violation
    tried: list[Tried] = field(default_factory=list)
    reach: dict[str, frozenset[str]] = field(default_factory=dict)  # check -> what its calls use
    seconds: dict[str, float] = field(default_factory=dict)  # check -> its time on the reference

    def __post_init__(self) -> None:
        self.tasks = [task for task in self.assignment.tasks if not self.only or task.id in self.only]
        known = {task.id for task in self.tasks}
        known_checks = in_order(self.assignment, (c for c in self.session.checks if c.task in known))
        self.checks = [check for check in known_checks if not check.measured]
        self.measured = [check for check in known_checks if check.measured]  # of speed and memory
        self.uses: Uses = uses_of(self.assignment)
        self.dependents = dependents(self.assignment, self.uses)

    def run(
        self, what: str, sources: Sources, seed: Seed = FIRST, checks: Sequence[Check] | None = None
    ) -> list[CheckRun]:
        """Judge a variant on these checks, or on all; a check that ends in ERROR is a problem of its own."""
        with imported(self.assignment, sources) as package:
            trial = InProcess(package, seed, self.assignment.package)
            chosen = self.checks if checks is None else checks
            judged = list(run_checks(self.session, self.assignment, chosen, trial))
        self.problems += [
            f"{one.check.name}: ERROR on {what}: {one.outcome.message}"
            for one in judged
            if one.outcome.verdict is Verdict.ERROR
        ]
        return judged

    def learn(self) -> list[CheckRun]:
        """Judge the reference; note of each check how long it takes, and what it reaches.

        That is what its run is seen to call of all that its calls can reach by the source; a definition that
        no check is seen to call (a constant, a class without methods) is reached by the source alone.
        """
        everything, judged = frozenset(self.uses), list[CheckRun]()
        called: dict[str, set[str]] = {}
        for check in self.checks:
            with called_in(self.assignment.folder) as called[check.name]:
                judged += self.run("the reference", {}, checks=[check])
        unseen = everything.difference(*called.values())
        for one in judged:
            known = (self.uses.get(call.target, everything) for call in one.calls)
            self.reach[one.check.name] = frozenset().union(*known) & (called[one.check.name] | unseen)
            self.seconds[one.check.name] = one.seconds
        return judged

    def among(self, variants: Iterable[Variant]) -> list[Variant]:
        """Return the variants that are about a task which is proven."""
        known = {task.id for task in self.tasks}
        return [one for one in variants if one.task in known]

    def of_task(self, task: Task) -> list[Check]:
        """Return a task's checks."""
        return [check for check in self.checks if check.task == task.id]

    def noticing(self, task: Task, names: Collection[str]) -> list[Check]:
        """Return the task's checks and all others that reach one of these definitions."""
        return [
            check for check in self.checks if check.task == task.id or self.reach[check.name] & set(names)
        ]


@contextmanager
def imported(assignment: Assignment, sources: Sources) -> Iterator[str]:
    """Import a variant for a while; yields its package."""
    package = load_package(assignment, sources)
    try:
        yield package
    finally:
        unload_package(package)


def points(task: Task, judged: Sequence[CheckRun]) -> float:
    """Return what a task earns."""
    return earned(task.points, [result_of(one) for one in judged if one.check.task == task.id])


def percent(tasks: Sequence[Task], judged: Sequence[CheckRun]) -> float:
    """Return how much these tasks earn together."""
    most = sum(task.points for task in tasks)
    return round(100 * sum(points(task, judged) for task in tasks) / most, 2)


def failed(judged: Sequence[CheckRun]) -> list[CheckRun]:
    """Return the checks that ran and did not pass."""
    return [one for one in judged if one.outcome.verdict not in (Verdict.PASS, Verdict.SKIPPED)]
