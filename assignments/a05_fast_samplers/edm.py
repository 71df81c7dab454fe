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
    raise NotImplementedError("TODO heun_sample: read task 4.1 in README.md")


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
    raise NotImplementedError("TODO churn: read task 4.2 in README.md")


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
    raise NotImplementedError("TODO churn: read task 4.2 in README.md")
