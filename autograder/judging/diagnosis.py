"""Names a mistake: repeats a task's calls on its known wrong answers and looks for the same results."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..calls.outcomes import StudentError
from ..calls.undertest import Call, UnderTest, ask_here
from ..calls.wire import Opaque
from ..errors import Stop
from ..sources.variants import Wrong, load_package, read_wrong, variant_sources
from ..spec import Assignment

RTOL = 1e-6  # the same formula in another order of operations, in float32
ATOL = 1e-9  # relative to the largest value of the tensor
CALLS = 200  # of one task that are compared; a drawn check makes many


def diagnose(assignment: Assignment, task: str, calls: Sequence[Call]) -> Wrong | None:
    """Return the wrong answer that gives what the student's code gave on all of these calls, if any does."""
    evidence = [call for call in calls if call.outcome is not None][:CALLS]
    if not evidence or any(isinstance(call.outcome, Stop) for call in evidence):
        return None
    for wrong in wrong_answers(assignment):
        if wrong.task == task and all(
            _same(call.outcome, _again(assignment, wrong, call)) for call in evidence
        ):
            return wrong
    return None


def _again(assignment: Assignment, wrong: Wrong, call: Call) -> Any:
    """Repeat a call on a wrong answer."""
    code = UnderTest(ask_here(_package(assignment, wrong)), lambda target: None)
    try:
        return code.call(call.target, call.args, call.kwargs, play=call.play)
    except (Stop, StudentError) as error:
        return error


@functools.cache
def wrong_answers(assignment: Assignment) -> tuple[Wrong, ...]:
    """Return the assignment's wrong answers, read once per process."""
    return read_wrong(assignment)


@functools.cache
def _package(assignment: Assignment, wrong: Wrong) -> str:
    return load_package(assignment, variant_sources(assignment, wrong))


def _same(a: Any, b: Any) -> bool:
    """Say whether two outcomes of a call are the same but for rounding; here NaN equals NaN."""
    if isinstance(a, StudentError) or isinstance(b, StudentError):
        return isinstance(a, StudentError) and isinstance(b, StudentError) and a.fault.type == b.fault.type
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and _same_numbers(a, b)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RTOL) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and not isinstance(a, Opaque) and bool(a == b)


def _same_numbers(a: Tensor, b: Tensor) -> bool:
    wide = torch.complex128 if a.is_complex() else torch.float64
    a, b = a.to(wide), b.to(wide)
    scale = b[b.isfinite()].abs().max().item() if b.isfinite().any() else 0.0
    return torch.allclose(a, b, rtol=RTOL, atol=ATOL * scale, equal_nan=True)
