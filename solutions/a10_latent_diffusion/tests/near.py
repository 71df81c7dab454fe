"""Numbers in float64, and how near results must come."""

import torch
from torch import Tensor

from autograder.checks import expect

EXACT = 1e-11  # float64 rounds at 1e-16; sums of some hundred terms stay far below this
SINGLE = 1e-5  # float32 rounds at 6e-8, on sums of a few dozen terms
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
NO_GRADIENT = "with torch.no_grad(): around the work. A detach() at the end comes too late for the memory."


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def expect_dtype(value: Tensor, dtype: torch.dtype) -> None:
    """Expect the dtype that the task names."""
    expect(value.dtype == dtype, f"the result is {value.dtype}; expected {dtype}", "Cast the result.")
