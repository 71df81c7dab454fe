"""Numbers in float64, how near results must come, and what most failures have in common."""

from collections.abc import Sequence

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect

EXACT = 1e-10  # float64 rounds at 1e-16; closed forms of a dozen operations stay far below this
CHAIN = 1e-9  # the same after some hundred steps that multiply
SINGLE = 2e-5  # float32 rounds at 6e-8, on sums of a few dozen terms of mixed sign
DIGITS = "float64 came in: if only the last digits differ, something passes through float32 on the way."
PER_SAMPLE = "One value for each sample: the sum over its coordinates, not their mean, nor that of the batch."
BY_SAMPLE = "sigma and t have shape (b,): they must scale samples, not columns. See per_sample in axes.py."
UNCHANGED = "Methods that end in _ and assignments like x *= 2 or x[i] = 0 write into the caller's tensor."
RECORDED = "gradients were recorded on the way: samplers and likelihoods run inside `with torch.no_grad():`"


def probes_of(*rows: Sequence[float], b: int) -> Tensor:
    """Return each row as a probe for all of b samples, (k, b, d)."""
    return torch.tensor(rows, dtype=torch.float64)[:, None].repeat(1, b, 1)


def signs(seed: Seed, *shape: int) -> Tensor:
    """Draw +1 and -1, equally likely."""
    return 2.0 * (seed.uniform(*shape) < 0.5).double() - 1


def expect_dtype(value: Tensor, dtype: torch.dtype, what: str = "the result") -> None:
    """Expect the dtype that the task names."""
    hint = "float64 coefficients make float32 samples float64: cast the result."
    expect(value.dtype == dtype, f"{what} is {value.dtype}; expected {dtype}", hint)


def expect_unchanged(after: list[Tensor], before: list[Tensor]) -> None:
    """Expect that a function left its arguments alone."""
    close(after, before, rtol=0, what="the arguments afterwards", hint=UNCHANGED)
