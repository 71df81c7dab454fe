"""Context dropout: one network learns with and without its condition, because some samples lose theirs.

A mask is True where a sample keeps its context: one decision for each sample, never for parts of it.
Labels and contexts come back in the dtype in which they came in.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from .axes import per_image


def bernoulli_mask(uniforms: Float[Tensor, " b"], p_drop: float) -> Bool[Tensor, " b"]:
    """Say of each sample whether it keeps its context (Ho and Salimans 2022, Algorithm 1).

    `uniforms` come from [0, 1), one for each sample; those below `p_drop` drop the context: 0 keeps all
    and 1 drops all. Raises ValueError when `p_drop` is not a probability.
    """
    # BEGIN SOLUTION
    if not 0 <= p_drop <= 1:
        raise ValueError(f"p_drop must lie in 0..1, but is {p_drop}")
    return uniforms >= p_drop
    # END SOLUTION


def drop_labels(labels: Int[Tensor, " b"], keep: Bool[Tensor, " b"], num_classes: int) -> Int[Tensor, " b"]:
    """Give the samples that do not keep theirs the null label, `num_classes` (Peebles and Xie 2023).

    Classes are 0..num_classes - 1.
    """
    # BEGIN SOLUTION
    return torch.where(keep, labels, num_classes)
    # END SOLUTION


def drop_one_hot(one_hot: Float[Tensor, "b k"], keep: Bool[Tensor, " b"]) -> Float[Tensor, "b k"]:
    """Give the samples that do not keep theirs a row of zeros, which is no class at all."""
    # BEGIN SOLUTION
    return one_hot * keep[:, None]  # (b, k) times (b, 1)
    # END SOLUTION


def drop_context(
    context: Float[Tensor, "b *dims"], keep: Bool[Tensor, " b"], null: Float[Tensor, "*dims"]
) -> Float[Tensor, "b *dims"]:
    """Give the samples that do not keep theirs the context `null`, such as the embedding of an empty text.

    `null` is learnt: gradients reach it through the samples that got it.
    """
    # BEGIN SOLUTION
    return torch.where(per_image(keep, context), context, null.to(context.dtype))
    # END SOLUTION
