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
    raise NotImplementedError("TODO cosine_similarity: read task 1.1 in README.md")


def cosine_similarity(a: Float[Tensor, "n d"], b: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Return the cosine of the angle between every row of `a` and every row of `b`; 0 where one is zero."""
    raise NotImplementedError("TODO cosine_similarity: read task 1.1 in README.md")


def clip_logits(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "m d"],
    log_scale: Float[Tensor, ""],  # the natural logarithm of the scale, which is learnt
) -> Float[Tensor, "n m"]:
    """Return exp(log_scale) times the cosine of every image and every text (Radford et al. 2021, Fig. 3)."""
    raise NotImplementedError("TODO logit_scale: read task 1.2 in README.md")


def clamp_scale(log_scale: nn.Parameter) -> None:
    """Bring the parameter back into [0, ln 100], in place and unrecorded, as after each optimizer step.

    Radford et al. 2021, Sec. 2.5.
    """
    raise NotImplementedError("TODO logit_scale: read task 1.2 in README.md")
