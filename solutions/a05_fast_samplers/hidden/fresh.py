"""Fresh schedules and levels for the hidden checks, and the coarse comparison of their gates."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, expect

EXACT = 1e-12  # float64 rounds at 1e-16; a few operations stay far below this
LONG = 1e-9  # the same after a whole chain, and where digits cancel


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


def between(seed: Seed, low: float, high: float) -> float:
    """Return one fresh number."""
    return low + (high - low) * seed.uniform(1).item()


def fresh_alpha_bar(seed: Seed, T: int, lost: float = 0.25) -> Tensor:
    """Return a schedule that loses up to `lost` of its signal in each step."""
    return (1 - 0.01 - lost * seed.uniform(T)).log().cumsum(0).exp()


def fresh_steps(seed: Seed, T: int, S: int) -> Tensor:
    """Return S different steps of T, falling."""
    return torch.randperm(T, generator=seed.generator())[:S].sort(descending=True).values


def fresh_levels(seed: Seed, n: int) -> tuple[list[float], list[float]]:
    """Return alphas and sigmas of n noisy levels, rising in alpha over sigma, on no line in particular."""
    ratios = (2 - 3.5 * seed.fork("ratio").uniform(n).sort().values).exp()  # sigma over alpha, falling
    alphas = 0.5 + seed.fork("alpha").uniform(n)
    return alphas.tolist(), (alphas * ratios).tolist()


def expect_alike(actual: Tensor, *expected: Tensor) -> None:
    """Expect a correlation above 0.95 with one of these (an honest mistake may take another)."""
    best = max(_correlation(actual, tensor) for tensor in expected)
    expect(best > 0.95, "the values do not go with what came in")


def _correlation(a: Tensor, b: Tensor) -> float:
    if a.shape != b.shape:
        return 0.0
    pair = torch.stack([a.flatten().double(), b.flatten().double()])
    value = torch.corrcoef(pair)[0, 1].abs().item()
    return value if math.isfinite(value) else 0.0
