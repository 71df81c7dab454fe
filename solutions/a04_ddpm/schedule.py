"""Noise schedules: how fast the forward process destroys an image.

Steps count from 0, so every result is a float64 tensor of shape (T,) whose entry t belongs to step t.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def linear_betas(
    T: int,
    beta_start: float = 1e-4,  # variance added by the first step
    beta_end: float = 0.02,  #   variance added by the last step
) -> Float[Tensor, " T"]:
    """Return T betas, evenly spaced from `beta_start` to `beta_end`, both included (Ho et al. 2020, Sec. 4).

    The end points stay what they are for every T. T = 1 gives `beta_start` alone.
    """
    # BEGIN SOLUTION
    return torch.linspace(beta_start, beta_end, T, dtype=torch.float64)
    # END SOLUTION


def cosine_betas(
    T: int,
    s: float = 0.008,  #         offset that keeps the first betas from vanishing
    max_beta: float = 0.999,  #  largest beta allowed
) -> Float[Tensor, " T"]:
    """Return the betas that make the signal a squared cosine (Nichol and Dhariwal 2021, Eq. 17).

    The cosine is taken at the T + 1 ends of T equal intervals of [0, 1]; no beta exceeds `max_beta`.
    """
    # BEGIN SOLUTION
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)  # where intervals begin and end
    f = torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2
    betas = 1 - f[1:] / f[:-1]
    return betas.clamp(max=max_beta)
    # END SOLUTION


def alpha_bars(betas: Float[Tensor, " T"]) -> Float[Tensor, " T"]:
    """Return the signal variance left after each step (Ho et al. 2020, before Eq. 4).

    Entry 0 is what step 0 leaves, 1 - betas[0]; the 1 before step 0 is not part of the result.
    """
    # BEGIN SOLUTION
    return torch.cumprod(1 - betas, dim=0)
    # END SOLUTION


def log_snr(alpha_bar: Float[Tensor, " T"]) -> Float[Tensor, " T"]:
    """Return the natural logarithm of signal variance over noise variance (Kingma et al. 2021, Eq. 2).

    It is -inf where no signal is left.
    """
    # BEGIN SOLUTION
    return torch.log(alpha_bar) - torch.log1p(-alpha_bar)
    # END SOLUTION


def zero_terminal_snr(betas: Float[Tensor, " T"]) -> Float[Tensor, " T"]:
    """Return betas that end in pure noise and begin as before (Lin et al. 2023, Algorithm 1).

    The square roots of `alpha_bar` are shifted and stretched: the last becomes 0, the first stays.
    Raises ValueError for fewer than two steps: one value cannot both stay and become 0.
    """
    # BEGIN SOLUTION
    if len(betas) < 2:
        raise ValueError(f"zero terminal SNR needs at least 2 steps, but betas has {len(betas)}")
    root = alpha_bars(betas).sqrt()
    # Shift and stretch: the last root becomes 0, the first stays.
    first, last = root[0], root[-1]
    alpha_bar = ((root - last) * first / (first - last)) ** 2
    # Back to betas.
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])
    return 1 - alpha_bar / before
    # END SOLUTION
