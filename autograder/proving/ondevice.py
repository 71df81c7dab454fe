"""Proves, with the CPU standing in, what can be proven of checks for a GPU alone: that what is right passes.

Whether their limits lie between what is honest and what is naive, only a GPU can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..isolation.gpu import STAND_IN, Gpu
from ..judging.judge import Judge
from ..judging.meters import Meter, Work
from ..judging.plugin import Check
from ..judging.speed import Kind
from ..judging.trial import InProcess, run_check
from ..records import Verdict
from ..sources.variants import Wrong, read_naive, read_naive_on_gpu, variant_files, variant_sources
from ..spec import SPEC_FILE
from .bounds import is_right_otherwise
from .harness import FIRST, Harness, imported
from .proofs import place
from .verified import ForGpu

COSTLY = (Verdict.SLOW, Verdict.MEMORY)  # what a right answer may be where its limit is of another machine


class Unmetered(InProcess):
    """Judges values alone: all calls cost the same."""

    def meters(self, check: Check, kind: Kind) -> tuple[Meter, Meter]:
        """Return meters that only make their calls."""
        first, second = super().meters(check, kind)
        return _free(first), _free(second)


def _free(meter: Meter) -> Meter:
    def metered(call: Work) -> tuple[Any, float]:
        return meter(call)[0], 1.0

    return metered


def gpu_checks_hold(judge: Judge, harness: Harness) -> ForGpu:
    """Try reference and naive answers in checks for a GPU: all are right, and cost alone tells them apart."""
    known = {task.id for task in harness.tasks}
    checks = [check for check in judge.session.gpu_checks if check.task in known]
    harness.problems += _without_check(harness, checks)
    named = 0
    for check in checks:
        answers = _naive_of(harness, check)
        if not answers:
            harness.problems.append(f"{check.name}: it needs a @naive or @naive_on_gpu answer in wrong.py")
        for answer in (None, *answers):
            harness.problems += _fails(harness, check, answer)
        named += len(answers)
    for answer in harness.among(read_naive_on_gpu(harness.assignment)):
        is_right_otherwise(harness, answer)
    names = frozenset(check.name for check in checks)
    files = variant_files(harness.assignment, None)
    held = judge.judge(files, FIRST, names, gpu=Gpu(STAND_IN)) if names else []
    harness.problems += [
        f"{one.check.name}: {one.outcome.verdict} on the reference, in a worker: {one.outcome.message}"
        for one in held
        if one.outcome.verdict not in (Verdict.PASS, *COSTLY)
    ]
    return ForGpu(checks=len(checks), named=named)


def _naive_of(harness: Harness, check: Check) -> list[Wrong]:
    answers = (*read_naive(harness.assignment), *read_naive_on_gpu(harness.assignment))
    return [answer for answer in answers if answer.task == check.task]


def _fails(harness: Harness, check: Check, answer: Wrong | None) -> Iterator[str]:
    sources = variant_sources(harness.assignment, answer) if answer else {}
    with imported(harness.assignment, sources) as package:
        trial = Unmetered(package, FIRST, harness.assignment.package)
        outcome = run_check(harness.session, check, trial).outcome
    if outcome.verdict is not Verdict.PASS:
        what = place(answer) if answer else "the reference"
        yield f"{check.name}: {outcome.verdict} on {what}, with the CPU standing in: {outcome.message}"


def _without_check(harness: Harness, checks: list[Check]) -> Iterator[str]:
    for task in harness.tasks:
        if (task.speed_on_gpu or task.memory_on_gpu) and task.id not in {check.task for check in checks}:
            yield f"{harness.assignment.name}/{SPEC_FILE}: task {task.id!r} has a limit on a GPU and no check"
