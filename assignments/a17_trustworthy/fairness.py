"""Whom a generator draws, how sure that is, and whether one word in the prompt changes a decision."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def group_gap(labels: Int[Tensor, " n"], target: Float[Tensor, " g"]) -> float:
    """Return the total variation between the shares of the groups 0..g-1 and a target.

    Raises ValueError for no labels, and for labels that are none of the groups.
    """
    raise NotImplementedError("TODO group_gap: read task 6.1 in README.md")


def bootstrap_interval(
    labels: Int[Tensor, " n"],
    target: Float[Tensor, " g"],
    indices: Int[Tensor, "r n"],  # rows of labels for each of r resamples, drawn with replacement
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile interval of the gap (Efron 1979), quantiles linear between values."""
    raise NotImplementedError("TODO group_gap: read task 6.1 in README.md")


def counterfactual_test(before: Bool[Tensor, " n"], after: Bool[Tensor, " n"]) -> float:
    """Return the exact two-sided p-value that a change moves decisions one way as often as the other.

    McNemar's test: only pairs that differ count. No such pair: 1.
    """
    raise NotImplementedError("TODO group_gap: read task 6.1 in README.md")
