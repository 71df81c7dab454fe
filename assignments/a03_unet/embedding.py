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
    raise NotImplementedError("TODO sinusoidal_embedding: read task 4.1 in README.md")
