"""Is there a mark? Two tests whose p-values are exact for noise that has none."""

import math

import torch
from jaxtyping import Bool, Float
from scipy import special
from torch import Tensor


def ring_p_value(
    z: Float[Tensor, "*b n n"],
    pattern: Float[Tensor, "n n"],
    mask: Bool[Tensor, "n n"],
) -> Float[Tensor, "*b"]:
    """Return how probable it is that noise comes as near to the pattern as z does, in float64.

    The squared distance on the mask is noncentral chi-squared: |mask| degrees of freedom, not twice as many.
    `special.chndtr(x, df, nc)` is the distribution function.
    """
    raise NotImplementedError("TODO detect_rings: read task 4.2 in README.md")


def matched_p_value(z: Float[Tensor, "*b n n"], pattern: Float[Tensor, "n n"]) -> Float[Tensor, "*b"]:
    """Return how probable it is that noise agrees with the pattern as much as z does, in float64.

    The product with the pattern's own picture, over the pattern's norm, is standard normal.
    """
    raise NotImplementedError("TODO detect_rings: read task 4.2 in README.md")
