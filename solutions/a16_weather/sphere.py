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
    # BEGIN SOLUTION
    L = z.shape[-2]
    degrees = torch.arange(L, dtype=torch.float64, device=z.device)
    P = legendre(lat, L) * (4 * math.pi / (L * (2 * degrees + 1))).sqrt()[:, None, None]  # L L h
    P[:, 1:] *= math.sqrt(2)
    angles = degrees[:, None] * torch.deg2rad(lon.double())  # L w
    even, odd = z[..., L - 1 :].double(), z[..., :L].flip(-1).double()  # *b L L, orders 0..L-1, 0..-(L-1)
    waves = torch.einsum("...lm,lmh->...hm", even, P) @ angles.cos()  # *b h w
    waves = waves + torch.einsum("...lm,lmh->...hm", odd, P) @ angles.sin()
    return waves.to(z.dtype)
    # END SOLUTION
