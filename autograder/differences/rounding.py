"""How far a GPU's results may be from the CPU's: it adds in another order, and its kernels round otherwise.

Each is a share of the largest value that is expected, by the coarser dtype of what came and what was due.
Whole numbers and booleans are the same everywhere. TF32 is off, so that float32 means float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

WITHIN = {
    torch.float64: 1e-9,  # rounds at 1e-16; a long chain of operations
    torch.float32: 1e-4,  # rounds at 6e-8
    torch.float16: 4e-3,  # rounds at 5e-4
    torch.bfloat16: 3e-2,  # rounds at 4e-3
}
_REAL = {torch.complex128: torch.float64, torch.complex64: torch.float32}
_on_device = ContextVar("on_device", default=False)


@contextmanager
def as_on_a_device() -> Iterator[None]:
    """Compare as is fair to results of a device."""
    token = _on_device.set(True)
    try:
        yield
    finally:
        _on_device.reset(token)


def spare(came: Tensor, due: Tensor) -> float:
    """Return by how much values may differ in any case: nothing where the code ran on the CPU."""
    if not _on_device.get():
        return 0.0
    dtypes = [_REAL.get(one.dtype, one.dtype) for one in (came, due)]
    within = [WITHIN[one] for one in dtypes if one in WITHIN]
    if not (within and due.numel()):
        return 0.0
    return max(within) * float(due.abs().nan_to_num(0.0, 0.0, 0.0).max())
