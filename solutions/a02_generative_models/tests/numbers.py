"""Numbers in float64, how near results must come, and what a failure says first."""

import itertools
import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import close, expect

NEAR = 1e-9  # float64 rounds at 1e-16; the worked numbers are given to ten digits
SINGLE = 1e-5  # float32 rounds at 6e-8, on sums of a few dozen terms
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
CAST = "A float64 number among float32 tensors may turn the result into float64; cast it at the end."
AN_IMAGE = "One number for each image: sum over all its axes, and never over the first."


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def rows(*values: tuple[float, ...]) -> Tensor:
    """Return the rows of a matrix in float64."""
    return torch.tensor(values, dtype=torch.float64)


def number(value: float) -> Tensor:
    """Return one number in float64, a tensor without axes."""
    return torch.tensor(value, dtype=torch.float64)


def near(actual: Any, expected: Any, what: str, hint: str = "", rtol: float = NEAR) -> None:
    """Expect the digits of float64, also around 0."""
    close(actual, expected, rtol=rtol, atol=rtol, what=what, hint=hint)


def expect_dtype(value: Tensor, dtype: torch.dtype) -> None:
    """Expect the dtype that came in, or that the task names."""
    expect(value.dtype == dtype, f"the result is {value.dtype}; expected {dtype}", CAST)


def gauss_hermite(d: int) -> tuple[Tensor, Tensor]:
    """Return 3^d noises and weights, whose sums are means over N(0, I) for polynomials to degree 5.

    They are 0 and +-sqrt(3) in each of d dimensions, with weights 2/3 and 1/6.
    """
    root = math.sqrt(3)
    points = list(itertools.product(((-root, 1 / 6), (0.0, 2 / 3), (root, 1 / 6)), repeat=d))
    nodes = torch.tensor([[value for value, _ in point] for point in points], dtype=torch.float64)
    weights = exactly(*(math.prod(weight for _, weight in point) for point in points))
    return nodes, weights
