"""How near results in float64 must come in most checks, and what is said where they do not."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .checks import close, expect_dtype

EXACT = 1e-12  # float64 rounds at 1e-16; a few operations stay far below this
LONG = 1e-9  # the same after a whole chain, and where digits cancel
WORKED = 2e-7  # of numbers that the handout gives with seven digits
SINGLE = 2e-5  # float32 rounds at 6e-8, on values up to 100 and a few operations
HALF = 4e-3  # float16 rounds at 5e-4, and a few operations
DIGITS = (
    "The first digits are right and the last are not: float32 arithmetic does that, and so does a small "
    "constant that is added. Work in float64 throughout."
)
IN_PLACE = "Methods that end in _ and assignments like x /= 2 or x[i] = 0 write into the caller's tensor."


def near(actual: Any, expected: Any, what: str = "the result", hint: str = "", within: float = EXACT) -> None:
    """Fail unless all values come this near, relative to what is expected or in absolute terms.

    Where float32's digits are right and no more, that is said instead of the hint.
    """
    coarse = max(SINGLE, within)
    close(actual, expected, rtol=coarse, atol=coarse, what=what, hint=hint)
    close(actual, expected, rtol=within, atol=within, what=what, hint=DIGITS)


def near_single(actual: Tensor, expected: Tensor, what: str = "the result", hint: str = "") -> None:
    """Fail unless the result is float32 and comes as near as that allows."""
    expect_dtype(actual, torch.float32)
    close(actual, expected, rtol=10 * SINGLE, atol=10 * SINGLE, what=what, hint=hint)


def unchanged(after: Any, before: Any) -> None:
    """Fail unless arguments are what they were before the call."""
    close(after, before, rtol=0, what="the arguments", hint=IN_PLACE)
