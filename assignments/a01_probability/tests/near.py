"""Numbers in float64, covariances, and how near results must come."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect

EXACT = 1e-9  # float64 rounds at 1e-16; right answers of other algorithms differ by 1e-13 on these inputs
TINY = 1e-11  # for values that should be 0
SINGLE = 1e-5  # float32 rounds at 6e-8, on values up to some hundreds and a few operations
DIGITS = (
    "The first digits are right and the last are not: float32 arithmetic does that, and so does a small "
    "constant such as 1e-8. Work in float64."
)
IN_PLACE = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
NO_FACTOR = "factor.cholesky raises it, in place of torch's LinAlgError."


def exactly(*values: Any) -> Tensor:
    """Return the values in float64: numbers make a vector, lists the rows of a matrix."""
    return torch.tensor(values, dtype=torch.float64)


BY = ("term by mean", "term by std")  # the columns of score and pathwise terms
OF_COMPONENTS = ("point", "component")
MEAN, COV = exactly(1, -2), exactly([4, 2], [2, 3])  # the worked law of part 1
INDEFINITE = exactly([1, 2], [2, 1])  # eigenvalues 3 and -1


def near(
    actual: Any,
    expected: Any,
    what: str,
    hint: str = "",
    rtol: float = EXACT,
    axes: tuple[str | tuple[str, ...], ...] = (),  # what an index means, as for `close`
) -> None:
    """Expect more digits than float32 has; where only its digits are right, say so instead of the hint."""
    close(actual, expected, rtol=SINGLE, atol=1e-7, what=what, hint=hint, axes=axes)
    close(actual, expected, rtol=rtol, atol=TINY, what=what, hint=DIGITS, axes=axes)


def covariance(seed: Seed, *shape: int) -> Tensor:
    """Return covariances of shape (..., d, d), full and well conditioned."""
    a = seed.normal(*shape, shape[-1])
    return a @ a.mT + 0.5 * torch.eye(shape[-1], dtype=torch.float64)


def expect_dtype(value: Tensor, dtype: torch.dtype) -> None:
    """Expect the dtype that the task names."""
    expect(value.dtype == dtype, f"the result is {value.dtype}; expected {dtype}", "Cast the result.")
