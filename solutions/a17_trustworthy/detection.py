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
    # BEGIN SOLUTION
    plane = torch.fft.fft2(z.double(), norm="ortho")
    apart = (plane - pattern).abs().square()[..., mask].sum(dim=-1)  # *b
    p = special.chndtr(apart.cpu().numpy(), mask.sum().item(), pattern.square().sum().item())
    return torch.as_tensor(p, dtype=torch.float64, device=apart.device)
    # END SOLUTION


def matched_p_value(z: Float[Tensor, "*b n n"], pattern: Float[Tensor, "n n"]) -> Float[Tensor, "*b"]:
    """Return how probable it is that noise agrees with the pattern as much as z does, in float64.

    The product with the pattern's own picture, over the pattern's norm, is standard normal.
    """
    # BEGIN SOLUTION
    picture = torch.fft.ifft2(pattern, norm="ortho").real  # n n
    agreement = (z * picture).sum(dim=(-2, -1)) / pattern.norm()
    return torch.erfc(agreement / math.sqrt(2)) / 2
    # END SOLUTION
