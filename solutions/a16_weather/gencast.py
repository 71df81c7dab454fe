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
    # BEGIN SOLUTION
    change = (after - now) / change_std[:, None, None]
    level = sigma[:, None, None, None]
    clean = denoiser(change + level * noise, sigma, before, now)
    squares = weights[:, None].to(now.dtype) * (clean - change).square()  # b c h w
    return (1 + 1 / sigma.square()) * squares.mean(dim=(1, 2, 3))
    # END SOLUTION


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
    # BEGIN SOLUTION
    levels = sigmas.tolist()
    n = len(levels) - 1
    gamma = min(churn / n, math.sqrt(2) - 1)
    churned = [gamma > 0 and level >= churn_min for level in levels[:-1]]
    if len(noises) != sum(churned):
        raise ValueError(f"{len(noises)} noises for {sum(churned)} churned steps")

    def clean(x: Tensor, level: float) -> Tensor:
        return denoiser(x, torch.full((len(x),), level, dtype=x.dtype, device=x.device))

    x, fresh = levels[0] * start, iter(noises)
    for i, (level, after) in enumerate(pairwise(levels)):
        if churned[i]:
            more = level * (1 + gamma)
            x = x + math.sqrt(more**2 - level**2) * inflation * next(fresh)
            level = more
        seen = clean(x, level)
        if after > 0:
            # The second look is half-way in the logarithm of the level.
            middle = math.sqrt(level * after)
            seen = clean(torch.lerp(seen, x, middle / level), middle)
        x = torch.lerp(seen, x, after / level)
    return x
    # END SOLUTION


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
    # BEGIN SOLUTION
    states = [before, now]
    for start, fresh in zip(starts, noises, strict=True):
        last, current = states[-2:]
        change = sample_change(lambda y, sigma: denoiser(y, sigma, last, current), start, fresh, sigmas)  # noqa: B023
        states.append(current + change_std[:, None, None] * change)
    return torch.stack(states[2:])
    # END SOLUTION
