"""Given: GenCast's noise levels, and a network made into a denoiser (as in assignment 6, sigma_data = 1)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Network = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # input, noise level, before, now


def quantile_levels(
    u: Float[Tensor, "*s"],  # 0: low, 1: high
    low: float = 0.02,
    high: float = 88.0,
    rho: float = 7.0,
) -> Float[Tensor, "*s"]:
    """Return noise levels whose rho-th roots are evenly spread: for training, u is uniform."""
    return (low ** (1 / rho) + u * (high ** (1 / rho) - low ** (1 / rho))) ** rho


def sampling_levels(n: int = 20) -> Float[Tensor, " n_1"]:
    """Return GenCast's n levels from 80 down to .03, and 0, in float64."""
    down = torch.linspace(1, 0, n, dtype=torch.float64)
    return torch.cat([quantile_levels(down, 0.03, 80.0), torch.zeros(1, dtype=torch.float64)])


def precondition(network: Network) -> Network:
    """Return the denoiser c_skip y + c_out network(c_in y) of Karras et al. 2022, with sigma_data = 1."""

    def denoiser(y: Tensor, sigma: Tensor, before: Tensor, now: Tensor) -> Tensor:
        level = sigma.to(y)[:, None, None, None]
        total = level.square() + 1
        return y / total + level / total.sqrt() * network(y / total.sqrt(), sigma, before, now)

    return denoiser
