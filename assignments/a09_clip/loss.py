"""Losses that pull the two embeddings of a pair together and push those of different pairs apart.

Row i of `image` belongs to row i of `text`. A loss is a mean over the pairs, in natural logarithms. Batches
without a pair, and parts with different numbers of rows, raise ValueError.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from .batch import count_pairs
from .similarity import clip_logits


def clip_loss(
    image: Float[Tensor, "n d"], text: Float[Tensor, "n d"], log_scale: Float[Tensor, ""]
) -> Float[Tensor, ""]:
    """Return the symmetric cross-entropy of telling which text belongs to an image, and the reverse.

    Radford et al. 2021, Fig. 3; one direction is the N-pair loss (Sohn 2016), or InfoNCE.
    """
    raise NotImplementedError("TODO clip_loss: read task 2.1 in README.md")


def siglip_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "n d"],
    log_scale: Float[Tensor, ""],
    bias: Float[Tensor, ""],  # added to every logit, and learnt too
) -> Float[Tensor, ""]:
    """Return the logistic loss of all n * n pairs, summed and divided by n (Zhai et al. 2023)."""
    raise NotImplementedError("TODO siglip_loss: read task 2.2 in README.md")


def initial_bias(n: int) -> float:
    """Return the logit at which embeddings that know nothing cost least in batches of n.

    Raises ValueError for n < 2.
    """
    raise NotImplementedError("TODO siglip_loss: read task 2.2 in README.md")


def multi_positive_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "n d"],
    group: Int[Tensor, " n"],  # rows of one group all belong together
    log_scale: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Return the CLIP loss whose target is even over all members of a row's group (Yang et al. 2022).

    Equal to `clip_loss` where every row is a group of its own.
    """
    raise NotImplementedError("TODO multi_positive_loss: read task 2.3 in README.md")
