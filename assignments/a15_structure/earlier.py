"""Given: what assignments 4 and 6 asked for, and this one uses."""

import math

from jaxtyping import Float
from torch import Tensor


def r3_schedule(t: float) -> tuple[float, float, float]:
    """Return signal, noise and beta of translations at time t: y_t = signal y_0 + noise z.

    The variance-preserving diffusion of assignment 6, with beta(t) = .1 + 19.9 t, as FrameDiff has it.
    """
    beta = 0.1 + (20.0 - 0.1) * t
    total = t * (0.1 + beta) / 2  # the integral of beta from 0 to t
    kept = math.exp(-total)
    return kept**0.5, (1 - kept) ** 0.5, beta


def posterior(
    x0: Float[Tensor, "*s"],
    x_t: Float[Tensor, "*s"],
    t: int,  #                           1..T-1
    alpha_bar: Float[Tensor, " T"],  #   signal variance left after each step
) -> tuple[Float[Tensor, "*s"], float]:
    """Return mean and variance of x_{t-1} given x_t and x_0, as in assignment 4; steps count from 0."""
    before, after = alpha_bar[t - 1].item(), alpha_bar[t].item()
    share = after / before  # of the signal's variance that step t leaves
    mean = math.sqrt(before) * (1 - share) * x0 + math.sqrt(share) * (1 - before) * x_t
    return mean / (1 - after), (1 - before) * (1 - share) / (1 - after)
