"""The coarse comparisons of the gates, and fresh numbers of a range."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, expect


def between(seed: Seed, low: float, high: float, *shape: int) -> Tensor:
    """Return fresh numbers from low to high."""
    return low + (high - low) * seed.uniform(*shape)


def expect_alike(actual: Tensor, expected: Tensor, least: float = 0.6) -> None:
    """Expect values that rise and fall with the right ones, and are of their size within a factor of 100."""
    expect(actual.shape == expected.shape, "the result has another shape")
    pair = torch.stack([actual.flatten(), expected.flatten()]).double()
    found = torch.corrcoef(pair)[0, 1].abs().item() if pair.isfinite().all() else math.nan
    expect(found > least, "the values do not go with what came in")
    ratio = (pair[0].std() / pair[1].std()).item()
    expect(0.01 < ratio < 100, "the values are of another size altogether")


def expect_within(actual: float, expected: float, factor: float = 100.0) -> None:
    """Expect a number of the right sign and size."""
    expect(expected / factor < actual < expected * factor, "the number is of another size altogether")
