"""Proves on a pretend GPU that references hold there, and that answers which fail on a GPU only are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch._dynamo  # noqa: F401 (now: a mutant's limit of time would cut a later import short, for good)
from torch import Tensor
from torch.utils._pytree import tree_leaves

from ..judging.ontwin import on_gpu
from ..judging.plugin import Check
from ..judging.trial import CheckRun
from ..records import OnGpu, Verdict
from ..sources.variants import Right, Wrong, read_right, read_strays, variant_sources
from ..spec import Task
from .harness import FIRST, Harness, Sources, imported
from .proofs import place
from .verified import OnTwin


def answers_hold_on_a_gpu(harness: Harness) -> OnTwin:
    """Try the reference, the right answers, and those that are right on the CPU alone."""
    judged = harness.tried[0].judged  # of the reference
    found = _tried(harness, {}, [one.check for one in judged if one.outcome.verdict is Verdict.PASS])
    takes_tensors = {one.check.task for one in judged if _gets_tensors(one)}
    takes_tensors |= {task for task, one in found.items() if one.tried}
    for task, one in found.items():
        harness.problems += [f"the reference of task {task!r} fails on a GPU: {told}" for told in one.told]
        harness.notes += [f"task {task!r} on a pretend GPU: {one.unclear}"] if one.unclear else []
    covered = [one for task, one in found.items() if task in takes_tensors and one.tried]
    rights = [_holds(harness, right) for right in harness.among(read_right(harness.assignment))]
    strays = harness.among(read_strays(harness.assignment))
    caught = [_caught(harness, stray) for stray in strays]
    return OnTwin(
        tasks=len(takes_tensors),
        covered=len(covered),
        holding=sum(not (one.told or one.unclear) for one in covered),
        right=len(rights),
        right_holding=sum(rights),
        strays=len(strays),
        caught=sum(bool(told) for told in caught),
        named=sum(stray.says in " ".join(told) for stray, told in zip(strays, caught, strict=True)),
    )


def _tried(harness: Harness, sources: Sources, checks: Sequence[Check]) -> Mapping[str, OnGpu]:
    with imported(harness.assignment, sources) as package:
        return on_gpu(harness.session, checks, package, FIRST, harness.assignment.package)


def _of_task(harness: Harness, variant: Right | Wrong) -> OnGpu:
    task: Task = harness.assignment.task(variant.task)
    sources = variant_sources(harness.assignment, variant)
    return _tried(harness, sources, harness.of_task(task))[task.id]


def _gets_tensors(judged: CheckRun) -> bool:
    """Say whether a task's function got a tensor by a plain call: what a play gets may go elsewhere."""
    given = tree_leaves([(call.args, call.kwargs) for call in judged.calls if not call.play])
    return any(isinstance(one, Tensor) for one in given)


def _holds(harness: Harness, right: Right) -> bool:
    """Say whether a right answer holds on a GPU as well; one that does not is a problem."""
    found = _of_task(harness, right)
    if why := [*found.told, *filter(None, [found.unclear])]:
        harness.problems.append(f"{place(right)} does not hold on a pretend GPU: {why[0]}")
    return not why


def _caught(harness: Harness, stray: Wrong) -> tuple[str, ...]:
    """Return what is told of an answer that fails on a GPU only; nothing, or other words, is a problem."""
    passes = all(
        one.outcome.verdict is Verdict.PASS
        for one in harness.run(
            stray.name,
            variant_sources(harness.assignment, stray),
            checks=harness.of_task(harness.assignment.task(stray.task)),
        )
    )
    if not passes:
        harness.problems.append(f"{place(stray)} is not right on the CPU: make it an `edit`")
    told = _of_task(harness, stray).told
    if stray.says not in " ".join(told):
        harness.problems.append(
            f"{place(stray)}: the pretend GPU does not say {stray.says!r}, but {' '.join(told) or 'nothing'}"
        )
    return told
