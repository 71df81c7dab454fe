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
    raise NotImplementedError("TODO tilted_gaussian: read task 5.1 in README.md")


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
    raise NotImplementedError("TODO guided_ode_gaussian: read task 5.2 in README.md")
