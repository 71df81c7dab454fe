"""The three SDEs with their usual constants as tables of numbers, and their laws for Gaussian data.

A table is a sum of terms P(t) exp(Q(t)); each term is two rows, the polynomials P and Q, lowest power first.
"""

import math

import torch
from torch import Tensor

from autograder.checks import exactly

LOG = math.log(50 / 0.01)  # of the ratio of VE's levels
ONE, ZERO = [1.0, 0, 0], [0.0, 0, 0]
I1, I2, I4 = [0, -0.1, -9.95], [0, -0.2, -19.9], [0, -0.05, -4.975]  # -I, -2 I, -I / 2


def sde_of(*tables: list[list[list[float]]], prior: float) -> list[Tensor]:
    """Return f, g^2, alpha, sigma^2 and prior_std as the plays take them."""
    return [*(torch.tensor(table, dtype=torch.float64) for table in tables), exactly(prior)[0]]


VP = sde_of(
    [[[-0.05, -9.95, 0], ZERO]],
    [[[0.1, 19.9, 0], ZERO]],
    [[ONE, I4]],
    [[ONE, ZERO], [[-1.0, 0, 0], I1]],
    prior=1,
)
SUB_VP = sde_of(
    [[[-0.05, -9.95, 0], ZERO]],
    [[[0.1, 19.9, 0], ZERO], [[-0.1, -19.9, 0], I2]],
    [[ONE, I4]],
    [[ONE, ZERO], [[-2.0, 0, 0], I1], [[1.0, 0, 0], I2]],
    prior=1,
)
VE = sde_of(
    [[ZERO, ZERO]],
    [[[2 * LOG * 1e-4, 0, 0], [0, 2 * LOG, 0]]],
    [[ONE, ZERO]],
    [[[1e-4, 0, 0], [0, 2 * LOG, 0]]],
    prior=50,
)


def at(table: Tensor, t: float) -> float:
    """Return a table's value at one time."""
    powers = exactly(*(t**i for i in range(table.shape[2])))
    factor, exponent = (table @ powers).unbind(dim=1)
    return (factor * exponent.exp()).sum().item()


def law(mean: float, std: float, d: int = 1) -> list[Tensor]:
    """Return mean and covariance of d independent coordinates."""
    return [torch.full((d,), mean, dtype=torch.float64), std**2 * torch.eye(d, dtype=torch.float64)]


def score(sde: list[Tensor], mean: float, std: float, x: Tensor, t: float) -> Tensor:
    """Return the exact score of data N(mean, std^2) at x and t."""
    alpha = at(sde[2], t)
    return -(x - alpha * mean) / (alpha**2 * std**2 + at(sde[3], t))
