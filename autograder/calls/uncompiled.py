"""`torch.compile` leaves functions as they are: workers have no compiler, and a verdict holds everywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch

UNCOMPILED = "torch.compile"  # the event that a function would have been compiled


def switch_off_compilation() -> None:
    """Let `torch.compile` announce an event (PEP 578) from now on, and do nothing else."""
    torch.compile = uncompiled


def uncompiled(model: Callable[..., Any] | None = None, **options: Any) -> Callable[..., Any]:
    """Stand in for `torch.compile`, called on a function or module, or with options as a decorator."""
    sys.audit(UNCOMPILED)
    return model or (lambda function: function)
