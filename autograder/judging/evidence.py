"""What a check's calls gave, as evidence of a mistake: what of it is kept, and when two are the same."""

from __future__ import annotations

import functools
import math
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..calls.outcomes import StudentError
from ..calls.undertest import Call, UnderTest, ask_here
from ..calls.wire import Opaque
from ..errors import Stop
from .fingerprint import GROUPS, TOLERANCES
from .trial import CheckRun

FINE = 1e-12  # of the largest value: what the same code may differ by
CANCELLED = 4e-15  # what is left of numbers near 1 in float64 that should cancel
CALLS = 200  # of one check that are compared; a drawn check makes many
LARGE = 4_000_000  # bytes of what one check's calls were given and gave: more is not kept, nor repeated


def evidence_of(judged: CheckRun) -> list[Call]:
    """Return the calls of a check that can be repeated; none of one that a call ended, or of large ones."""
    calls = [call for call in judged.calls if call.outcome is not None][:CALLS]
    if any(isinstance(call.outcome, Stop) for call in calls):
        return []
    return calls if sum(size_of([c.args, c.kwargs, c.outcome]) for c in calls) <= LARGE else []


def says_little(outcome: Any) -> bool:
    """Say whether many mistakes end so: in an exception, or in zeros or NaN alone."""
    if isinstance(outcome, Tensor | int | float):
        values = torch.as_tensor(outcome)
        return not bool(values.nan_to_num(0.0).any())
    return isinstance(outcome, StudentError)


def size_of(value: Any) -> int:
    """Return how much the tensors in a structure hold."""
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    return sum(map(size_of, value)) if isinstance(value, tuple | list) else 0


def again(package: str, call: Call) -> Any:
    """Repeat a call on a package that is imported here."""
    code = UnderTest(ask_here(package), lambda target: None)
    try:
        with warnings.catch_warnings(action="ignore"):  # of mistakes that are tried: nobody's who reads them
            return code.call(call.target, call.args, call.kwargs, play=call.play)
    except (Stop, StudentError) as error:
        return error


def same(a: Any, b: Any, fine: bool = False) -> bool:
    """Say whether two outcomes of a call are the same but for rounding; here NaN equals NaN."""
    alike = functools.partial(same, fine=fine)
    if isinstance(a, StudentError) or isinstance(b, StudentError):
        return isinstance(a, StudentError) and isinstance(b, StudentError) and a.fault.type == b.fault.type
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and _same_numbers(a, b, fine)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float):
        rtol, atol = (FINE, 0.0) if fine else (TOLERANCES[0], CANCELLED)
        return math.isclose(a, b, rel_tol=rtol, abs_tol=atol) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and not isinstance(a, Opaque) and bool(a == b)


def _same_numbers(a: Tensor, b: Tensor, fine: bool) -> bool:
    rtol, tolerance = (FINE, FINE) if fine else (TOLERANCES[0], TOLERANCES[GROUPS.get(a.dtype, 0)])
    least = 0.0 if fine else CANCELLED
    if torch.equal(a, b):
        return True
    wide = torch.complex128 if a.is_complex() else torch.float64
    x, y = (value.detach().to(wide).resolve_conj().resolve_neg().numpy() for value in (a, b))
    with np.errstate(invalid="ignore", over="ignore"):
        farthest, scale = np.abs(x - y).max(), np.abs(y).max()
        if farthest > max((rtol + tolerance) * scale, least):  # False where something is not finite
            return False
        scale = np.abs(y[np.isfinite(y)]).max(initial=0.0)
    return np.allclose(x, y, rtol=rtol, atol=max(tolerance * scale, least), equal_nan=True)
