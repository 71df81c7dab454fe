"""What guidance does to Gaussians: the density that it is named after, and the one that it samples.

Each coordinate is a Gaussian of its own: mean and variance under the condition (c) and without it (u).
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def tilted_gaussian(
    mean_c: Float[Tensor, " d"],
    var_c: Float[Tensor, " d"],
    mean_u: Float[Tensor, " d"],
    var_u: Float[Tensor, " d"],
    w: float,
) -> tuple[Float[Tensor, " d"], Float[Tensor, " d"]]:
    """Return mean and variance of the density proportional to p_u^(1 - w) p_c^w.

    Raises ValueError where a precision is not positive: no such density exists then.
    """
    # BEGIN SOLUTION
    # Precisions add up, and so do means times precisions.
    precision = (1 - w) / var_u + w / var_c
    if (precision <= 0).any():
        raise ValueError(f"no density: the smallest precision is {precision.min():g} at w = {w}")
    mean = ((1 - w) * mean_u / var_u + w * mean_c / var_c) / precision
    return mean, 1 / precision
    # END SOLUTION


def guided_ode_gaussian(
    mean_c: Float[Tensor, " d"],
    var_c: Float[Tensor, " d"],
    mean_u: Float[Tensor, " d"],
    var_u: Float[Tensor, " d"],
    w: float,
    points: int = 2_001,  # of the trapezoid rule, both ends included
) -> tuple[Float[Tensor, " d"], Float[Tensor, " d"]]:
    """Return mean and variance of the images to which the guided probability-flow ODE leads pure noise.

    The mean is right to five digits; float64.
    """
    # BEGIN SOLUTION
    # Follow both variances from the image to pure noise.
    theta = torch.linspace(0, math.pi / 2, points, dtype=torch.float64, device=var_c.device)[:, None]
    V_c = var_c * theta.cos() ** 2 + theta.sin() ** 2  # (points, d)
    V_u = var_u * theta.cos() ** 2 + theta.sin() ** 2
    # Weigh the pull of both means by the deviation S of the guided ODE, and integrate.
    S = (V_u ** (1 - w) * V_c**w).sqrt()
    pull = (1 - w) * mean_u / V_u + w * mean_c / V_c
    variance = var_u ** (1 - w) * var_c**w  # (d,): S squared, at the image
    mean = variance.sqrt() * torch.trapezoid(theta.sin() * pull / S, theta, dim=0)
    return mean, variance
    # END SOLUTION
