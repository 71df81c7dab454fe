"""Whom a generator draws, how sure that is, and whether one word in the prompt changes a decision."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def group_gap(labels: Int[Tensor, " n"], target: Float[Tensor, " g"]) -> float:
    """Return the total variation between the shares of the groups 0..g-1 and a target.

    Raises ValueError for no labels, and for labels that are none of the groups.
    """
    # BEGIN SOLUTION
    groups = len(target)
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= groups:
        raise ValueError(f"labels are some of 0..{groups - 1}")
    shares = torch.bincount(labels, minlength=groups).double() / len(labels)
    return (shares - target).abs().sum().item() / 2
    # END SOLUTION


def bootstrap_interval(
    labels: Int[Tensor, " n"],
    target: Float[Tensor, " g"],
    indices: Int[Tensor, "r n"],  # rows of labels for each of r resamples, drawn with replacement
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of the gap (Efron 1979), quantiles linear between values."""
    # BEGIN SOLUTION
    gaps = torch.tensor([group_gap(labels[rows], target) for rows in indices], dtype=torch.float64)
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = torch.quantile(gaps, ends).tolist()
    return low, high
    # END SOLUTION


def counterfactual_test(before: Bool[Tensor, " n"], after: Bool[Tensor, " n"]) -> float:
    """Return the exact two-sided p-value that a change moves decisions one way as often as the other.

    McNemar's test: only pairs that differ count. No such pair: 1.
    """
    # BEGIN SOLUTION
    ways = [(before & ~after).sum().item(), (after & ~before).sum().item()]
    n = sum(ways)
    tail = sum(math.comb(n, i) for i in range(min(ways) + 1)) / 2**n
    return min(1.0, 2 * tail)
    # END SOLUTION
