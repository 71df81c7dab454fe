"""Averages of weights whose length is a share of the run, and others put together from stored ones.

Karras et al. 2024 ("EDM2"), Sec. 3 and App. C. Steps count from 1: after t of them, weight number i has the
share (i^(gamma+1) - (i-1)^(gamma+1)) / t^(gamma+1) in the average.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor


def power_gamma(sigma_rel: float) -> float:
    """Return the exponent of the average whose deviation is `sigma_rel` of the run (Eq. 123 and 126).

    It is the gamma >= 0 with sigma_rel^2 (gamma + 2)^2 (gamma + 3) = gamma + 1. Raises ValueError unless
    0 < sigma_rel <= 1 / sqrt(12), where gamma is 0.
    """
    raise NotImplementedError("TODO power_ema: read task 4.1 in README.md")


def power_beta(
    step: int,  # from 1
    gamma: float,
) -> float:
    """Return what the average keeps of itself at this step (Eq. 127): nothing at the first one."""
    raise NotImplementedError("TODO power_ema: read task 4.1 in README.md")


def posthoc_weights(
    steps: Sequence[int],  #     at which the averages were stored
    gammas: Sequence[float],  #  their exponents
    step: int,  #                of the average that is wanted
    gamma: float,  #             and its exponent
) -> Float64[Tensor, " n"]:
    """Return how much of each stored average makes the wanted one, or the nearest to it (Eq. 151, Alg. 3).

    Averages are compared by their profiles p(tau) = (gamma+1)/t (tau/t)^gamma on 0 < tau <= t. The weights
    are the least-squares solution, divided by their sum, so that what never changed comes out as it is.
    """
    raise NotImplementedError("TODO power_ema: read task 4.1 in README.md")
