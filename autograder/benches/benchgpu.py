"""Measures what the README says of a GPU: the reference of each assignment on it, again and again.

What the reference fails there, and passes when it is asked again, would fail honest work.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ..isolation.gpu import CUDA, Gpu, card_name, driver_version
from ..judging.grading import grade
from ..judging.judge import Judge
from ..records import Measured, OnDevice, Submission, Verdict
from ..seeds import PRACTICE
from ..sources.variants import variant_files
from ..spec import Assignment


class Row(msgspec.Struct, frozen=True):
    """One assignment's reference, graded so often on a device."""

    assignment: str
    gradings: int
    checks: int  # that pass on the CPU, and those for a GPU alone
    equal: int  # of them, that pass on the device in every grading
    left_out: int  # that say nothing of anybody in some grading: the reference fails them there twice
    false_fails: int  # failures that would count, and that the same reference does not repeat
    costs: str  # of measured checks: the middle of their ratios, and the largest


def bench_gpu(
    assignments: Iterable[Assignment], gpus: tuple[Gpu, ...], gradings: int, step: Callable[[], object]
) -> list[Row]:
    """Grade each reference so often, each time on another seed."""
    return [_row(assignment, gpus, gradings, step) for assignment in assignments]


def _row(assignment: Assignment, gpus: tuple[Gpu, ...], gradings: int, step: Callable[[], object]) -> Row:
    files = variant_files(assignment, None)
    reference = Submission("reference", "", "", "", files)
    found: list[OnDevice] = []
    with Judge(assignment) as judge:
        for i in range(gradings):
            result = grade(judge, reference, PRACTICE.fork(f"grading {i}"), named=False, gpus=gpus)
            found += [result.run.on_device] if result.run.on_device else []
            step()
    return summary(assignment.name, found)


def summary(name: str, found: list[OnDevice]) -> Row:
    """Count what came of the gradings of one reference."""
    false, failed = 0, defaultdict[str, int](int)
    ratios: dict[str, list[Measured]] = defaultdict(list)
    for one in found:
        for check in (check for own in one.tasks.values() for check in own):
            failed[check.name] += check.verdict is not Verdict.PASS
            false += check.verdict is not Verdict.PASS and check.name not in one.left_out
        for check_name, measured in one.measured.items():
            ratios[check_name].append(measured)
    costs = [
        f"{measured[0].kind} {statistics.median(one.ratio for one in measured):.3g}, "
        f"at most {max(one.ratio for one in measured):.3g} of {measured[0].limit:g}"
        for measured in ratios.values()
    ]
    return Row(
        assignment=name,
        gradings=len(found),
        checks=len(failed),
        equal=sum(not times for times in failed.values()),
        left_out=len({name for one in found for name in one.left_out}),
        false_fails=false,
        costs="; ".join(costs),
    )


def fields_of(rows: list[Row], gpus: tuple[Gpu, ...]) -> dict[str, Any]:
    """Return what machines read of the rows, and on which device they were made."""
    real = gpus[0].device == CUDA
    card = card_name(gpus[0].number) if real else "none: the CPU stood in"
    return {"card": card, "driver": driver_version() if real else "", "rows": rows}
