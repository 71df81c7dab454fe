"""A detector's numbers: are they probabilities, can one number mend them, and who is accused by mistake."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from .samples import sample


def calibration_error(p: Float[Tensor, " n"], y: Float[Tensor, " n"], bins: int = 10) -> float:
    """Return the expected calibration error of probabilities p for y = 1, over equally wide bins.

    Bins are open below and closed above; 0 is in the first. Raises ValueError for p outside of [0, 1].
    """
    # BEGIN SOLUTION
    p, y = sample(p), sample(y)
    if p.min() < 0 or p.max() > 1:
        raise ValueError("probabilities are in [0, 1]")
    bin_of = (p * bins).ceil().clamp(min=1).long()
    excess = torch.bincount(bin_of, weights=p - y)  # of each bin, summed
    return excess.abs().sum().item() / len(p)
    # END SOLUTION


def fit_temperature(logits: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> float:
    """Return the T in [0.01, 100] with the least mean of -log p(y), where p(1) = sigmoid(logit / T).

    Guo et al. 2017.
    """
    # BEGIN SOLUTION
    logits, y = sample(logits), sample(y)
    low, high = 0.01, 100.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        slope = (logits * (torch.sigmoid(logits / middle) - y)).sum()  # by 1 / T
        low, high = (middle, high) if slope > 0 else (low, middle)
    return math.sqrt(low * high)
    # END SOLUTION


def conformal_threshold(scores: Float[Tensor, " n"], alpha: float) -> float:
    """Return the threshold that a new score of the same law exceeds with probability at most alpha.

    Split conformal prediction (Vovk et al. 2005): a score of these, or inf where they are too few. Raises
    ValueError unless 0 < alpha < 1.
    """
    # BEGIN SOLUTION
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; it is between 0 and 1")
    ranked = sample(scores).sort().values
    k = len(ranked) + 1 - math.floor((len(ranked) + 1) * alpha + 1e-9)
    return ranked[k - 1].item() if k <= len(ranked) else math.inf
    # END SOLUTION
