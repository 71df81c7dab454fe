"""Noise that knows it is on a globe: the same law everywhere, in all directions."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from .globe import legendre


def spherical_noise(
    z: Float[Tensor, "*b L orders"],  # standard normal: degree l = 0..L-1, order m = -(L-1)..L-1
    lat: Float[Tensor, " h"],  # degrees
    lon: Float[Tensor, " w"],
) -> Float[Tensor, "*b h w"]:
    """Return Gaussian noise of variance 1 on a grid, with equal power in each degree (Price et al. 2025).

    The sum over l and |m| <= l of sqrt(4 pi / (L (2 l + 1))) z_lm Y_lm, Y real and orthonormal: sqrt(2) P cos
    for m > 0, sqrt(2) P sin of |m| lon for m < 0. Column m + L - 1 holds order m; |m| > l does not count.
    """
    raise NotImplementedError("TODO spherical_noise: read task 6.1 in README.md")
