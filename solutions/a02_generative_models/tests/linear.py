"""A linear Gaussian model whose likelihood and posterior are known, as the plays take it.

Images have four values, x = W z + shift + noise of variance 1/2, and the columns of W are orthogonal: so the
posterior has independent coordinates, and an encoder can be exact.
"""

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from .numbers import exactly, number, rows

W = rows((2, 0), (0, 1), (1, 0), (0, -1))  # orthogonal columns of squared lengths 5 and 2
SHIFT = exactly(1, 0, -1, 0.5)
VARIANCE = number(0.5)
GAIN = W / exactly(5.5, 2.5)  # of the exact posterior mean
LOG_VAR = (0.5 / exactly(5.5, 2.5)).log()
ZERO = number(0)

EXACT = [W, SHIFT, VARIANCE, GAIN, exactly(0, 0), LOG_VAR, ZERO]
WRONG = [W, SHIFT, VARIANCE, 0.5 * GAIN, exactly(0.3, -0.2), exactly(-0.5, 0.4), ZERO]  # a poor encoder


def log_evidence(x: Tensor) -> Tensor:
    """Return log p(x) of each image, all its values in a row."""
    covariance = W @ W.T + 0.5 * torch.eye(4, dtype=torch.float64)
    return MultivariateNormal(SHIFT, covariance).log_prob(x.flatten(1))
