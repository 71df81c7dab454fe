"""Langevin dynamics: sampling from a score alone, one level of noise after another.

Levels of noise are deviations, from large to small, in float64.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def langevin_step(
    x: Float[Tensor, "b *dims"],
    score: Float[Tensor, "b *dims"],  # at x
    step: float,
    noise: Float[Tensor, "b *dims"],
) -> Float[Tensor, "b *dims"]:
    """Return x + step / 2 score + sqrt(step) noise (Song and Ermon 2019), in x's dtype."""
    # BEGIN SOLUTION
    return x + step / 2 * score + math.sqrt(step) * noise
    # END SOLUTION


def ncsn_sigmas(
    sigma_max: float = 1.0,  #   the first, largest level
    sigma_min: float = 0.01,  #  the last, smallest level
    levels: int = 10,
) -> Float[Tensor, " L"]:
    """Return a falling geometric sequence of levels with both ends; one level is `sigma_max`. Float64."""
    # BEGIN SOLUTION
    place = torch.arange(levels, dtype=torch.float64) / max(levels - 1, 1)  # 0 ... 1
    return sigma_max * (sigma_min / sigma_max) ** place
    # END SOLUTION


def annealed_langevin(
    score: Callable[[Tensor, Tensor], Tensor],  # called with x and sigma (), float64
    x: Float[Tensor, "b *dims"],
    sigmas: Float[Tensor, " L"],
    noises: Float[Tensor, "L K b *dims"],
    eps: float = 2e-5,  # the step at the last level
) -> Float[Tensor, "b *dims"]:
    """Return x after K Langevin steps at each level in turn (Song and Ermon 2019, Algorithm 1).

    Level i has steps of eps sigma_i^2 / sigma_L^2, where L is the last. No gradient is recorded. Returned in
    x's dtype. Raises ValueError unless there are as many rows of noises as levels.
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        for sigma, row in zip(sigmas, noises, strict=True):
            step = eps * (sigma / sigmas[-1]).item() ** 2
            for noise in row:
                x = langevin_step(x, score(x, sigma), step, noise)
    return x
    # END SOLUTION
