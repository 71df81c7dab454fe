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
    # BEGIN SOLUTION
    n = count_pairs((image, text))
    logits = clip_logits(image, text=text, log_scale=log_scale)  # n n
    own = torch.arange(n, device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    # END SOLUTION


def siglip_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "n d"],
    log_scale: Float[Tensor, ""],
    bias: Float[Tensor, ""],  # added to every logit, and learnt too
) -> Float[Tensor, ""]:
    """Return the logistic loss of all n * n pairs, summed and divided by n (Zhai et al. 2023)."""
    # BEGIN SOLUTION
    n = count_pairs((image, text))
    logits = clip_logits(image, text=text, log_scale=log_scale) + bias  # n n
    sign = 2 * torch.eye(n, dtype=logits.dtype, device=logits.device) - 1  # 1 for pairs, -1 for all others
    return -F.logsigmoid(sign * logits).sum() / n
    # END SOLUTION


def initial_bias(n: int) -> float:
    """Return the logit at which embeddings that know nothing cost least in batches of n.

    Raises ValueError for n < 2.
    """
    # BEGIN SOLUTION
    return -math.log(n - 1)  # which refuses what is not above 0
    # END SOLUTION


def multi_positive_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "n d"],
    group: Int[Tensor, " n"],  # rows of one group all belong together
    log_scale: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Return the CLIP loss whose target is even over all members of a row's group (Yang et al. 2022).

    Equal to `clip_loss` where every row is a group of its own.
    """
    # BEGIN SOLUTION
    count_pairs((image, text, group))
    logits = clip_logits(image, text=text, log_scale=log_scale)  # n n
    same = (group[:, None] == group).to(logits.dtype)  # n n
    target = same / same.sum(dim=1)  # n n
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    # END SOLUTION
