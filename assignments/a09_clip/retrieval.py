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
    raise NotImplementedError("TODO ranks: read task 5.1 in README.md")


def recall_at(ranks: Int[Tensor, " n"], k: int) -> float:
    """Return the share of queries that have a relevant item among their first k; ValueError without any."""
    raise NotImplementedError("TODO ranks: read task 5.1 in README.md")


def median_rank(ranks: Int[Tensor, " n"]) -> float:
    """Return the median, of an even number the mean of the two in the middle; ValueError without any."""
    raise NotImplementedError("TODO ranks: read task 5.1 in README.md")
