"""The samplers of Karras et al. (2022), where x = x0 + sigma eps: Heun's second-order steps, and churn."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

Denoiser = Callable[[Tensor, float], Tensor]  # denoiser(x, sigma): the image that x means, E[x0 | x]


def heun_sample(
    denoiser: Denoiser,
    x: Float[Tensor, "b *dims"],  # on the first level: already times sigmas[0]
    sigmas: Float[Tensor, " n_plus_1"],
    order: int = 2,  # 1: Euler's steps
) -> Float[Tensor, "b *dims"]:
    """Return x on the last of the falling `sigmas`, by Heun's or Euler's steps (Karras et al. 2022, Alg. 1).

    Two calls of the denoiser a step, one where the step leads to 0 or order is 1. No gradient is recorded.
    Raises ValueError for another order than 1 or 2.
    """
    # BEGIN SOLUTION
    if order not in (1, 2):
        raise ValueError(f"the order is 1 or 2, but it is {order}")
    with torch.no_grad():
        for here, there in pairwise(sigmas.tolist()):
            slope = (x - denoiser(x, here)) / here
            x_there = x + (there - here) * slope
            if order == 2 and there > 0:
                slope_there = (x_there - denoiser(x_there, there)) / there
                x_there = x + (there - here) * (slope + slope_there) / 2
            x = x_there
    return x
    # END SOLUTION


def churn(
    x: Float[Tensor, "b *dims"],
    sigma: float,
    noise: Float[Tensor, "b *dims"],
    n: int,  # steps of the whole sampler
    S_churn: float,
    S_min: float = 0.0,
    S_max: float = math.inf,
    S_noise: float = 1.0,
) -> tuple[Float[Tensor, "b *dims"], float]:
    """Return x with fresh noise added, and the level it is on then (Karras et al. 2022, Alg. 2).

    The level rises by the factor 1 + min(S_churn / n, sqrt(2) - 1) when S_min <= sigma <= S_max; otherwise x
    stays as it is. `noise` is standard normal; S_noise stretches it and changes no level.
    """
    # BEGIN SOLUTION
    gamma = min(S_churn / n, math.sqrt(2) - 1) if S_min <= sigma <= S_max else 0.0
    sigma_hat = (1 + gamma) * sigma
    return x + S_noise * math.sqrt(sigma_hat**2 - sigma**2) * noise, sigma_hat
    # END SOLUTION


def stochastic_sample(
    denoiser: Denoiser,
    x: Float[Tensor, "b *dims"],
    sigmas: Float[Tensor, " n_plus_1"],
    noises: Iterable[Float[Tensor, "b *dims"]],  # one for each step, in the order of use
    S_churn: float,
    S_min: float = 0.0,
    S_max: float = math.inf,
    S_noise: float = 1.0,
) -> Float[Tensor, "b *dims"]:
    """Return x on the last of the `sigmas`: churn before each of Heun's steps (Karras et al. 2022, Alg. 2).

    Each step begins on the level that churn led to. No gradient is recorded. Raises ValueError unless there
    are as many noises as steps; those of steps without churn are not used.
    """
    # BEGIN SOLUTION
    n = len(sigmas) - 1
    with torch.no_grad():
        for (here, there), noise in zip(pairwise(sigmas.tolist()), noises, strict=True):
            x, raised = churn(x, here, noise, n, S_churn, S_min, S_max, S_noise)
            x = heun_sample(denoiser, x, torch.tensor([raised, there], dtype=torch.float64))
    return x
    # END SOLUTION
