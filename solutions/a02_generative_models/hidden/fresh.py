"""Fresh numbers for the hidden checks, and the coarse comparison of their gates."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, expect

EXACT = (
    1e-10  # float64 rounds at 1e-16; sums, solves and logarithms of some hundred terms stay far below this
)


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def between(seed: Seed, low: float, high: float, *shape: int) -> Tensor:
    """Return fresh numbers from low to high."""
    return low + (high - low) * seed.uniform(*shape)


def expect_alike(actual: Tensor, *expected: Tensor) -> None:
    """Expect a correlation above 0.8, of either sign, with one of these: mistakes may take another."""
    best = max(_correlation(actual, tensor) for tensor in expected)
    expect(best > 0.8, "the values do not go with what came in")


def _correlation(a: Tensor, b: Tensor) -> float:
    if a.numel() != b.numel():
        return 0.0
    value = torch.corrcoef(torch.stack([a.detach().flatten(), b.flatten()]).double())[0, 1].abs().item()
    return value if math.isfinite(value) else 0.0
