"""Runs what passes on the CPU once more on a GPU, and says what that means for points.

The reference decides what a device can be asked: a check that it fails there, too, says nothing of anybody.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..calls.outcomes import NO_GPU
from ..differences.rounding import as_on_a_device
from ..isolation.gpu import CUDA, Gpu, card_name, driver_version, one_of
from ..records import CheckResult, OnDevice, TaskResult, Verdict
from ..seeds import Seed
from ..sources.variants import variant_files
from ..spec import Cuda
from .score import result_of

if TYPE_CHECKING:
    from .judge import Judge
    from .trial import CheckRun

ELSEWHERE = "Make it where your inputs are: `device=x.device`, where x is a tensor that came in."
OF_CPUS = "it takes more than its limit, which is a CPU's"
STANDS_IN = "the CPU, which stands in for a GPU"


def on_device(
    judge: Judge,
    gpus: tuple[Gpu, ...],
    files: dict[str, bytes],
    seed: Seed,
    judged: Sequence[CheckRun],
    measured: bool = True,
) -> OnDevice:
    """Run what passed on the CPU on a device that no other job uses meanwhile.

    Checks of time and memory are measured there by the same protocol, but only those for a GPU alone have
    limits of one: they are run where all of the task passed. Without `measured` none of either is.
    """
    start = time.perf_counter()
    chosen = _chosen(judge, judged, measured)
    with one_of(gpus) as gpu, as_on_a_device():
        runs = judge.judge(files, seed, chosen, gpu=gpu) if chosen else []
        costly = {one.check.name: OF_CPUS for one in runs if _only_costs(one)}
        wrong = (one.check.name for one in runs if one.outcome.verdict is not Verdict.PASS)
        failed = frozenset(wrong) - costly.keys()
        reference = variant_files(judge.assignment, None)
        ours = judge.judge(reference, seed, failed, gpu=gpu) if failed else []
    tasks: dict[str, tuple[CheckResult, ...]] = {}
    for run in runs:
        tasks[run.check.task] = (*tasks.get(run.check.task, ()), _told(result_of(run)))
    return OnDevice(
        device=gpu.device,
        card=card_name(gpu.number) if gpu.device == CUDA else STANDS_IN,
        driver=driver_version() if gpu.device == CUDA else "",
        counts=judge.assignment.cuda.counts,
        tasks=tasks,
        left_out=costly
        | {one.check.name: one.outcome.message for one in ours if one.outcome.verdict is not Verdict.PASS},
        measured={one.check.name: one.measured for one in runs if one.measured},
        seconds=round(time.perf_counter() - start, 3),
    )


def _chosen(judge: Judge, judged: Sequence[CheckRun], measured: bool) -> frozenset[str]:
    passed = {one.check.name for one in judged if one.outcome.verdict is Verdict.PASS}
    broken = {one.check.task for one in judged if one.check.name not in passed}
    tried = {one.check.task for one in judged} - broken
    theirs = {check.name for check in judge.session.gpu_checks if check.task in tried}
    costs = {one.check.name for one in judged if one.check.measured}
    return frozenset(passed | theirs if measured else passed - costs)


def _only_costs(run: CheckRun) -> bool:
    """Say whether values are right, and more is taken than a limit allows that was set for CPUs."""
    dear = run.outcome.verdict in (Verdict.SLOW, Verdict.MEMORY)
    return dear and run.check.measured and not run.check.on_gpu


def _told(check: CheckResult) -> CheckResult:
    """Give the hint that is right on a GPU."""
    if check.hint == NO_GPU or "on the same device" in check.message:
        return replace(check, hint=ELSEWHERE)
    return check


def with_policy(
    tasks: tuple[TaskResult, ...], found: OnDevice | None, cuda: Cuda
) -> tuple[tuple[TaskResult, ...], float]:
    """Return what tasks earn, and what is added to their sum, by what a GPU showed.

    Required: a task that does not hold there earns nothing. Adds: its points in the share of the tasks that
    hold, each by its points; those which failed on the CPU do not. Where the CPU stood in nothing changes.
    """
    if found is None or not found.counted or cuda.counts == "informs":
        return tasks, 0.0
    if cuda.counts == "required":
        return tuple(one if found.holds(one.id) else replace(one, earned=0.0) for one in tasks), 0.0
    most = sum(one.points for one in tasks)
    holding = sum(one.points for one in tasks if one.earned >= one.points and found.holds(one.id))
    return tasks, round((cuda.points or 0.0) * holding / most, 2) if most else 0.0


def is_doubtful(found: OnDevice | None, cuda: Cuda) -> bool:
    """Say whether points hang on a device that failed: a TA must look first."""
    if found is None or not found.counted or cuda.counts == "informs":
        return False
    return any(check.verdict is Verdict.ERROR for own in found.tasks.values() for check in own)
