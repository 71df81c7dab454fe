"""How well the right things are found; ranks count from 1, and a tie counts against the model."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def ranks(similarity: Float[Tensor, "n m"], relevant: Bool[Tensor, "n m"]) -> Int[Tensor, " n"]:
    """Return the rank of each query's best relevant item among the items that are not relevant.

    1 + the number of irrelevant items that are at least as similar. Raises ValueError for a query without a
    relevant item, and for a similarity that is NaN.
    """
    # BEGIN SOLUTION
    if similarity.isnan().any():
        raise ValueError("a similarity is NaN: nothing can be ranked")
    if not relevant.any(dim=1).all():
        raise ValueError("a query without a relevant item has no rank")
    best = similarity.masked_fill(~relevant, -math.inf).amax(dim=1, keepdim=True)  # n 1
    ahead = (similarity >= best) & ~relevant  # n m
    return 1 + ahead.sum(dim=1)
    # END SOLUTION


def recall_at(ranks: Int[Tensor, " n"], k: int) -> float:
    """Return the share of queries that have a relevant item among their first k; ValueError without any."""
    # BEGIN SOLUTION
    if len(ranks) == 0:
        raise ValueError("there is no query")
    return (ranks <= k).double().mean().item()
    # END SOLUTION


def median_rank(ranks: Int[Tensor, " n"]) -> float:
    """Return the median, of an even number the mean of the two in the middle; ValueError without any."""
    # BEGIN SOLUTION
    if len(ranks) == 0:
        raise ValueError("there is no query")
    return torch.quantile(ranks.double(), 0.5).item()
    # END SOLUTION
