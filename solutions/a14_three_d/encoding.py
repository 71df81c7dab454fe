"""Coordinates as waves, so that a network can tell near points apart."""

import torch
from jaxtyping import Float
from torch import Tensor


def positional_encoding(
    p: Float[Tensor, "*b d"],
    L: int,  #                     number of frequencies
    include_input: bool = True,  # p itself comes first
) -> Float[Tensor, "*b e"]:
    """Return p, then for k = 0..L-1 the sines of 2^k p in all coordinates, then their cosines.

    Mildenhall et al. 2020, without the factor pi of the paper, as its code has it; e = d (2 L + 1), or 2 d L.
    """
    # BEGIN SOLUTION
    frequencies = 2.0 ** torch.arange(L).to(p)  # L
    angles = frequencies[:, None] * p[..., None, :]  # *b L d
    waves = torch.stack([angles.sin(), angles.cos()], dim=-2).flatten(-3)  # *b L*2*d
    return torch.cat([p, waves], dim=-1) if include_input else waves
    # END SOLUTION
