"""GenCast: a diffusion model of the change in one step, and ensembles of many steps (Price et al. 2025)."""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

Told = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # y, sigma (b,), before, now -> clean change
Denoiser = Callable[[Tensor, Tensor], Tensor]  # y, sigma (b,) -> clean change


def gencast_loss(
    denoiser: Told,
    before: Float[Tensor, "b c h w"],
    now: Float[Tensor, "b c h w"],
    after: Float[Tensor, "b c h w"],
    sigma: Float[Tensor, " b"],
    noise: Float[Tensor, "b c h w"],  # standard normal
    change_std: Float[Tensor, " c"],  # of the change, field by field
    weights: Float[Tensor, " h"],  # of the rows; their mean is 1
) -> Float[Tensor, " b"]:
    """Return the weighted square error of each denoised change, times (sigma² + 1) / sigma²."""
    raise NotImplementedError("TODO gencast: read task 6.2 in README.md")


def sample_change(
    denoiser: Denoiser,
    start: Float[Tensor, "b c h w"],  # standard normal
    noises: Float[Tensor, "k b c h w"],  # one for each churned step, in order of use
    sigmas: Float[Tensor, " n_1"],  # falling, the last is 0
    churn: float = 2.5,
    churn_min: float = 0.75,  # no churn at levels below
    inflation: float = 1.05,  # of the noise that is added
) -> Float[Tensor, "b c h w"]:
    """Sample by DPM-Solver++2S with churn, two calls a step and one in the last, so 2 n - 1.

    Raises ValueError unless there is a noise for each churned step.
    """
    raise NotImplementedError("TODO gencast: read task 6.2 in README.md")


def ensemble_forecast(
    denoiser: Told,
    before: Float[Tensor, "m c h w"],
    now: Float[Tensor, "m c h w"],
    starts: Float[Tensor, "s m c h w"],  # noise for each of s steps
    noises: Float[Tensor, "s k m c h w"],
    sigmas: Float[Tensor, " n_1"],
    change_std: Float[Tensor, " c"],
) -> Float[Tensor, "s m c h w"]:
    """Return s states of each of m members, every step from the member's own last two."""
    raise NotImplementedError("TODO gencast: read task 6.2 in README.md")
