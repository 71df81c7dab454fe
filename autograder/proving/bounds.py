"""Proves that each limit on time or memory lies clearly between what is honest and what is naive."""

from __future__ import annotations

from collections.abc import Iterator

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
from .harness import OFFICIAL, Harness, failed
from .proofs import place, target_of
from .verified import Pace

HONEST, NAIVE = 1.25, 1.5  # slowest right answer x HONEST <= limit <= fastest naive answer / NAIVE


def limits_hold(judge: Judge, harness: Harness) -> tuple[Pace, ...]:
    """Measure every right and naive answer in the sandbox against the limits in `assignment.toml`."""
    paces: list[Pace] = []
    for answer in read_naive(harness.assignment):
        _is_right_otherwise(harness, answer)
    for task in harness.assignment.tasks:
        for kind, bound in (("speed", task.speed), ("memory", task.memory)):
            if bound:
                paces.append(_pace(judge, harness, task, kind, bound))
    harness.problems += _not_measured(harness)
    return tuple(paces)


def _pace(judge: Judge, harness: Harness, task: Task, kind: str, bound: Bound) -> Pace:
    checks = [check for check in harness.measured if check.task == task.id]
    honest = [right for right in read_right(harness.assignment) if right.task == task.id]
    naive = [answer for answer in read_naive(harness.assignment) if answer.task == task.id]
    slowest = max(_ratio(judge, harness, checks, kind, answer) for answer in (None, *honest))
    fastest = min((_ratio(judge, harness, checks, kind, answer) for answer in naive), default=0.0)
    where = f"{harness.assignment.name}/{SPEC_FILE}: {kind} of task {task.id!r}"
    if not checks or not naive:
        harness.problems.append(f"{where}: it needs a check with the fixture `{kind}` and a @naive answer")
    elif not slowest * HONEST <= bound.limit <= fastest / NAIVE:
        harness.problems.append(
            f"{where}: the limit is {bound.limit:g}; an honest answer takes {slowest:.2f} and a naive one "
            f"{fastest:.2f}, so it must lie in {slowest * HONEST:.1f}..{fastest / NAIVE:.1f}"
        )
    return Pace(task.id, kind, bound.limit, round(slowest, 2), round(fastest, 2))


def _ratio(
    judge: Judge, harness: Harness, checks: list[Check], kind: str, answer: Right | Wrong | None
) -> float:
    """Return the ratio to the yardstick that was measured for an answer, in the sandbox."""
    names = frozenset(check.name for check in checks)
    judged = judge.judge(variant_files(harness.assignment, answer), OFFICIAL, names)
    found = [one.measured for one in judged if one.measured and one.measured.kind == kind]
    harness.problems += [
        f"{one.check.name}: {one.outcome.verdict} on {answer.name if answer else 'the reference'}: "
        f"{one.outcome.message}"
        for one in judged
        if one.measured is None
    ]
    return max((one.ratio for one in found), default=0.0)


def _is_right_otherwise(harness: Harness, answer: Wrong) -> None:
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
