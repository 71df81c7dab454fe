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
    raise NotImplementedError("TODO linear_betas: read task 1.1 in README.md")


def cosine_betas(
    T: int,
    s: float = 0.008,  #         offset that keeps the first betas from vanishing
    max_beta: float = 0.999,  #  largest beta allowed
) -> Float[Tensor, " T"]:
    """Return the betas that make the signal a squared cosine (Nichol and Dhariwal 2021, Eq. 17).

    The cosine is taken at the T + 1 ends of T equal intervals of [0, 1]; no beta exceeds `max_beta`.
    """
    raise NotImplementedError("TODO cosine_betas: read task 1.2 in README.md")


def alpha_bars(betas: Float[Tensor, " T"]) -> Float[Tensor, " T"]:
    """Return the signal variance left after each step (Ho et al. 2020, before Eq. 4).

    Entry 0 is what step 0 leaves, 1 - betas[0]; the 1 before step 0 is not part of the result.
    """
    raise NotImplementedError("TODO alpha_bars: read task 1.3 in README.md")


def log_snr(alpha_bar: Float[Tensor, " T"]) -> Float[Tensor, " T"]:
    """Return the natural logarithm of signal variance over noise variance (Kingma et al. 2021, Eq. 2).

    It is -inf where no signal is left.
    """
    raise NotImplementedError("TODO log_snr: read task 1.4 in README.md")


def zero_terminal_snr(betas: Float[Tensor, " T"]) -> Float[Tensor, " T"]:
    """Return betas that end in pure noise and begin as before (Lin et al. 2023, Algorithm 1).

    The square roots of `alpha_bar` are shifted and stretched: the last becomes 0, the first stays.
    Raises ValueError for fewer than two steps: one value cannot both stay and become 0.
    """
    raise NotImplementedError("TODO zero_terminal_snr: read task 1.5 in README.md")
