"""The probability flow as a change of variables: what log p a score model gives to data."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def prior_log_prob(sde: Any, x: Float[Tensor, "b *dims"]) -> Float[Tensor, " b"]:
    """Return log N(x; 0, prior_std^2 I) in nats, one value for each sample."""
    # BEGIN SOLUTION
    std = sde.prior_std()
    terms = -0.5 * (x / std) ** 2 - math.log(std) - 0.5 * math.log(2 * math.pi)
    return terms.reshape(len(x), -1).sum(dim=1)
    # END SOLUTION


def log_likelihood(
    sde: Any,
    score: Callable[[Tensor, Tensor], Tensor],  # called with x and t (), float64
    x: Float[Tensor, "b *dims"],
    times: Float[Tensor, " n"],  # rising, from data to noise
    divergence: Callable[[Callable[[Tensor], Tensor], Tensor], Tensor],  # called with a function and x
) -> tuple[Float[Tensor, " b"], Float[Tensor, "b *dims"]]:
    """Return log p(x) in nats, and where the probability flow takes x (Song et al. 2021).

    A solver of fourth order goes from times[0] to times[-1], with at most four calls of `divergence` between
    two times. No gradient is recorded. Returned in x's dtype.
    """

    # BEGIN SOLUTION
    def slope(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        f, g = sde.drift_rate(t), sde.diffusion(t)

        def drift(y: Tensor) -> Tensor:
            return f * y - 0.5 * g**2 * score(y, t)

        return drift(x), divergence(drift, x)

    with torch.no_grad():
        gained = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        for t, u in pairwise(times):
            # One step of the classical Runge-Kutta method.
            h = u - t
            k1, d1 = slope(x, t)
            k2, d2 = slope(x + h / 2 * k1, t + h / 2)
            k3, d3 = slope(x + h / 2 * k2, t + h / 2)
            k4, d4 = slope(x + h * k3, u)
            x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            gained = gained + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return prior_log_prob(sde, x) + gained, x
    # END SOLUTION


def bits_per_dim(
    log_prob: Float[Tensor, " b"],  # in nats, of dequantised data in [-1, 1]
    dims: int,  # how many coordinates a sample has
    levels: int = 256,  # of which neighbours lie 2 / levels apart
) -> Float[Tensor, " b"]:
    """Return the cost in bits of one coordinate's level: a density becomes the probability of a bin."""
    # BEGIN SOLUTION
    return -log_prob / (dims * math.log(2)) + math.log2(levels / 2)
    # END SOLUTION
