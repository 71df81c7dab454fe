"""AlphaFold 3's sampler: its noise levels, rotations drawn uniformly, and steps that add noise first."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def noise_levels(
    steps: int,
    sigma_data: float = 16.0,  # Å
    smax: float = 160.0,  #      first and last level, in units of sigma_data
    smin: float = 4e-4,
    rho: float = 7.0,
) -> Float[Tensor, " levels"]:
    """Return steps + 1 levels, from the highest to the lowest, in float64: there is no 0 at the end.

    Abramson et al. 2024, Supplement 3.7.
    """
    raise NotImplementedError("TODO af3_sample: read task 4.2 in README.md")


def uniform_rotation(v0: Float[Tensor, "*b 3"], v1: Float[Tensor, "*b 3"]) -> Float[Tensor, "*b 3 3"]:
    """Return the rotation whose rows are v0, v1 and their cross product, made orthonormal in this order.

    Of two independent normal vectors it is uniformly distributed.
    """
    raise NotImplementedError("TODO af3_sample: read task 4.2 in README.md")


def af3_sample(
    denoiser: Callable[[Tensor, float], Tensor],  # positions (b n 3), noise level -> b n 3
    x: Float[Tensor, "b n 3"],
    levels: Float[Tensor, " steps+1"],
    rotations: Float[Tensor, "steps b 3 3"],
    shifts: Float[Tensor, "steps b 3"],
    noises: Float[Tensor, "steps b n 3"],
    gamma0: float = 0.8,  #      noise is raised by this share
    gamma_min: float = 1.0,  #   as long as the next level is above this
    noise_scale: float = 1.003,
    step_scale: float = 1.5,
) -> Float[Tensor, "b n 3"]:
    """Go from the first level to the last one, asking the denoiser once a step; no gradients.

    Abramson et al. 2024, Supplement, Algorithms 18 and 19.
    """
    raise NotImplementedError("TODO af3_sample: read task 4.2 in README.md")
