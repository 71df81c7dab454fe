"""Telling a network the time: one number becomes many, slow and fast waves."""

import math

import torch
from jaxtyping import Float, Real
from torch import Tensor


def sinusoidal_embedding(
    t: Real[Tensor, " b"],
    dim: int,
    max_period: float = 10_000.0,  # the slowest wave has 2 pi times this period
) -> Float[Tensor, "b dim"]:
    """Return dim/2 sines of t, then the cosines of the same angles (Vaswani et al. 2017, as in DDPM's code).

    The frequencies fall geometrically from 1 to 1 / max_period, both included. Angles are formed in float64;
    the result has t's dtype where that is floating, else float32. Raises ValueError unless dim is even and at
    least 4.
    """
    # BEGIN SOLUTION
    half, odd = divmod(dim, 2)
    if odd or half < 2:
        raise ValueError(f"dim must be even and at least 4, but is {dim}")
    exponent = torch.arange(half, dtype=torch.float64, device=t.device) / (half - 1)  # 0 to 1
    angle = t[:, None] * torch.exp(-math.log(max_period) * exponent)  # b dim/2, float64
    waves = torch.cat([angle.sin(), angle.cos()], dim=1)
    return waves.to(t.dtype if t.is_floating_point() else torch.float32)
    # END SOLUTION
