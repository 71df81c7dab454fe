"""Fresh covariances for the hidden checks, and the coarse comparison of their gates."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from autograder.checks import Seed, expect

EXACT = 1e-9  # float64 rounds at 1e-16; right answers of other algorithms differ by 1e-13 on these inputs
LONG = 1e-7  # where digits cancel in the judge's own route
TINY = 1e-10  # for values that should be 0
SINGLE = 1e-5  # float32 rounds at 6e-8


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def between(seed: Seed, low: float, high: float, *shape: int) -> Tensor:
    """Return fresh numbers from low to high."""
    return low + (high - low) * seed.uniform(*shape)


def covariance(seed: Seed, *shape: int) -> Tensor:
    """Return covariances of shape (..., d, d), full and well conditioned."""
    a = seed.normal(*shape, shape[-1])
    return a @ a.mT + 0.5 * torch.eye(shape[-1], dtype=torch.float64)


def answers(n: int, ask: Callable[[int], Tensor]) -> Tensor:
    """Return what n calls gave, each one number."""
    values = [ask(i) for i in range(n)]
    for value in values:
        expect(isinstance(value, Tensor) and value.numel() == 1, "the result is not one number")
    return torch.stack([value.detach().double().reshape(()) for value in values])


def expect_alike(actual: Tensor, *expected: Tensor, least: float = 0.6) -> None:
    """Expect a correlation with one of these, of either sign (an honest mistake may take another)."""
    same = isinstance(actual, Tensor) and actual.shape == expected[0].shape
    expect(same, "the result has another shape")
    best = max(_correlation(actual, tensor) for tensor in expected)
    expect(best > least, "the values do not go with what came in")


def _correlation(a: Tensor, b: Tensor) -> float:
    pair = torch.stack([a.flatten(), b.flatten()]).double()
    value = torch.corrcoef(pair)[0, 1].abs().item()
    return value if math.isfinite(value) else 0.0
