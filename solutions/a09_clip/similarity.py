"""How alike two embeddings are, and the scale that makes logits of it.

Half precision is computed in float32. Results have the dtype of the first argument.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn


def unit(x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b d"]:
    """Return each row divided by its Euclidean length; a row of zeros stays one.

    Every other finite row has a direction, however large or small it is.
    """
    # BEGIN SOLUTION
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    # Bring the largest value to 1 first: squares of 1e20 and of 1e-23 are no float32 numbers any more.
    largest = wide.detach().abs().amax(dim=-1, keepdim=True)  # *b 1
    scaled = wide / largest.where(largest > 0, 1)
    length = scaled.norm(dim=-1, keepdim=True)  # *b 1
    return (scaled / length.where(length > 0, 1)).to(x.dtype)
    # END SOLUTION


def cosine_similarity(a: Float[Tensor, "n d"], b: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Return the cosine of the angle between every row of `a` and every row of `b`; 0 where one is zero."""
    # BEGIN SOLUTION
    dtype = torch.promote_types(torch.promote_types(a.dtype, b.dtype), torch.float32)
    cosine = unit(a.to(dtype)) @ unit(b.to(dtype)).T  # n m
    return cosine.to(a.dtype)
    # END SOLUTION


def clip_logits(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "m d"],
    log_scale: Float[Tensor, ""],  # the natural logarithm of the scale, which is learnt
) -> Float[Tensor, "n m"]:
    """Return exp(log_scale) times the cosine of every image and every text (Radford et al. 2021, Fig. 3)."""
    # BEGIN SOLUTION
    return log_scale.exp() * cosine_similarity(image, text)
    # END SOLUTION


def clamp_scale(log_scale: nn.Parameter) -> None:
    """Bring the parameter back into [0, ln 100], in place and unrecorded, as after each optimizer step.

    Radford et al. 2021, Sec. 2.5.
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        log_scale.clamp_(0, math.log(100))
    # END SOLUTION
