"""Fresh SDEs and batches for the hidden checks, and the coarse comparison of their gates."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect

EXACT = 1e-10  # float64 rounds at 1e-16; a dozen operations stay far below this
CHAIN = 1e-8  # the same after some dozen steps that multiply
SINGLE = 1e-4  # float32 rounds at 6e-8, on sums of a few dozen terms of mixed sign

NOTHING = [[0.0, 0, 0], [0.0, 0, 0]]


def preserving(beta_0: float, beta_1: float) -> list[Tensor]:
    """Return the variance-preserving SDE of these betas as tables: f, g^2, alpha, sigma^2, prior_std."""
    rise = beta_1 - beta_0
    tables = (
        [[[-beta_0 / 2, -rise / 2, 0], [0.0, 0, 0]]],
        [[[beta_0, rise, 0], [0.0, 0, 0]]],
        [[[1.0, 0, 0], [0, -beta_0 / 2, -rise / 4]]],
        [[[1.0, 0, 0], [0.0, 0, 0]], [[-1.0, 0, 0], [0, -beta_0, -rise / 2]]],
    )
    return [*(torch.tensor(table, dtype=torch.float64) for table in tables), exactly(1)[0]]


def exploding(low: float, high: float) -> list[Tensor]:
    """Return the variance-exploding SDE between these levels as tables."""
    log = math.log(high / low)
    tables = (
        [NOTHING],
        [[[2 * log * low**2, 0, 0], [0, 2 * log, 0]]],
        [[[1.0, 0, 0], [0.0, 0, 0]]],
        [[[low**2, 0, 0], [0, 2 * log, 0]]],
    )
    return [*(torch.tensor(table, dtype=torch.float64) for table in tables), exactly(high)[0]]


def at(table: Tensor, t: float) -> float:
    """Return a table's value at one time."""
    powers = exactly(1, t, t * t)
    return sum((p @ powers).item() * math.exp((q @ powers).item()) for p, q in table)


def fresh_batch(seed: Seed, *shape: int) -> tuple[Tensor, Tensor]:
    """Return two standard normal batches of one shape."""
    return seed.fork("a").normal(*shape), seed.fork("b").normal(*shape)


def expect_in_step(actual: Tensor, expected: Tensor) -> None:
    """Expect values that rise and fall with the right ones, or against them: a correlation above 0.7."""
    rows = torch.stack([actual.double().flatten(), expected.double().flatten()])
    found = torch.corrcoef(rows)[0, 1].abs()
    expect(found > 0.7, "the result does not go with what it depends on")


def expect_unchanged(after: list[Tensor], before: list[Tensor]) -> None:
    """Expect that a function left its arguments alone."""
    close(after, before, rtol=0, what="the arguments afterwards")
