"""Proves that each limit on time or memory lies clearly between what is honest and what is naive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from ..judging.judge import Judge
from ..judging.plugin import Check
from ..sources.variants import (
    Right,
    Wrong,
    read_naive,
    read_right,
    variant_files,
    variant_sources,
)
from ..spec import SPEC_FILE, Bound, Task
from .harness import FIRST, Harness, failed
from .proofs import place, target_of
from .verified import HONEST, NAIVE, Pace, between

PATIENCE = 5  # times that everything is measured before a limit is blamed
STEADY = 1.3  # between the measurements of one answer on a quiet machine, the largest and the smallest


@dataclass(frozen=True)
class Costs:
    """What honest and naive answers were measured to cost, each answer several times."""

    honest: list[list[float]]
    naive: list[list[float]]

    @property
    def slowest(self) -> float:
        """What the slowest honest answer costs."""
        return max(map(median, self.honest))

    @property
    def fastest(self) -> float:
        """What the fastest naive answer costs."""
        return min(map(median, self.naive))

    def allow(self, limit: float) -> bool:
        """Say whether a limit lies clearly between the two."""
        return between(self.slowest, limit, self.fastest)

    def complaint(self, limit: float) -> str:
        """Say what to do when it does not: the machine may be to blame, and then nothing is known."""
        strayed = max((*self.honest, *self.naive), key=lambda ratios: max(ratios) / max(min(ratios), 1e-9))
        at_best = between(max(map(min, self.honest)), limit, min(map(max, self.naive)))
        if at_best and max(strayed) > STEADY * min(strayed):
            return (
                f"this machine is busy: the same answer took {min(strayed):.2f} and then {max(strayed):.2f}; "
                "verify again when it is quieter"
            )
        return (
            f"the limit is {limit:g}; an honest answer takes {self.slowest:.2f} and a naive one "
            f"{self.fastest:.2f}, so it must lie in {self.slowest * HONEST:.1f}..{self.fastest / NAIVE:.1f}"
        )


def limits_hold(judge: Judge, harness: Harness) -> tuple[Pace, ...]:
    """Measure every right and naive answer in the sandbox against the limits in `assignment.toml`."""
    paces: list[Pace] = []
    for answer in harness.among(read_naive(harness.assignment)):
        is_right_otherwise(harness, answer)
    for task in harness.tasks:
        for kind, bound in (("speed", task.speed), ("memory", task.memory)):
            if bound:
                paces.append(_pace(judge, harness, task, kind, bound))
    harness.problems += _not_measured(harness)
    return tuple(paces)


def _pace(judge: Judge, harness: Harness, task: Task, kind: str, bound: Bound) -> Pace:
    checks = [check for check in harness.measured if check.task == task.id]
    honest = [right for right in read_right(harness.assignment) if right.task == task.id]
    naive = [answer for answer in read_naive(harness.assignment) if answer.task == task.id]
    where = f"{harness.assignment.name}/{SPEC_FILE}: {kind} of task {task.id!r}"
    if not checks or not naive:
        harness.problems.append(f"{where}: it needs a check with the fixture `{kind}` and a @naive answer")
        return Pace(task.id, kind, bound.limit, 0.0, 0.0)
    costs = Costs([[] for _ in (None, *honest)], [[] for _ in naive])
    for _ in range(PATIENCE):
        for ratios, answer in zip((*costs.honest, *costs.naive), (None, *honest, *naive), strict=True):
            ratios.append(_ratio(judge, harness, checks, kind, answer))
        if costs.allow(bound.limit):
            break
    else:
        harness.problems.append(f"{where}: {costs.complaint(bound.limit)}")
    return Pace(task.id, kind, bound.limit, round(costs.slowest, 2), round(costs.fastest, 2))


def _ratio(
    judge: Judge, harness: Harness, checks: list[Check], kind: str, answer: Right | Wrong | None
) -> float:
    """Return the ratio to the yardstick that was measured for an answer, in the sandbox."""
    names = frozenset(check.name for check in checks)
    judged = judge.judge(variant_files(harness.assignment, answer), FIRST, names)
    found = [one.measured for one in judged if one.measured and one.measured.kind == kind]
    harness.problems += [
        f"{one.check.name}: {one.outcome.verdict} on {answer.name if answer else 'the reference'}: "
        f"{one.outcome.message}"
        for one in judged
        if one.measured is None
    ]
    return max((one.ratio for one in found), default=0.0)


def is_right_otherwise(harness: Harness, answer: Wrong) -> None:
    """A naive answer is right: only the clock, or the memory, tells it from the reference."""
    task = harness.assignment.task(answer.task)
    checks = harness.noticing(task, {target_of(harness.assignment, answer)})
    judged = harness.run(answer.name, variant_sources(harness.assignment, answer), checks=checks)
    harness.problems += [
        f"{place(answer)} is naive and must be right, but {one.check.name} says: {one.outcome.message}"
        for one in failed(judged)
    ]


def _not_measured(harness: Harness) -> Iterator[str]:
    for answer in read_naive(harness.assignment):
        task = harness.assignment.task(answer.task)
        if not (task.speed or task.memory):
            yield (f"{place(answer)} is naive, but {SPEC_FILE} gives task {task.id!r} no `speed` or `memory`")
