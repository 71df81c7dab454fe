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
    raise NotImplementedError("TODO calibrate: read task 6.2 in README.md")


def fit_temperature(logits: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> float:
    """Return the T in [0.01, 100] with the least mean of -log p(y), where p(1) = sigmoid(logit / T).

    Guo et al. 2017.
    """
    raise NotImplementedError("TODO calibrate: read task 6.2 in README.md")


def conformal_threshold(scores: Float[Tensor, " n"], alpha: float) -> float:
    """Return the threshold that a new score of the same law exceeds with probability at most alpha.

    Split conformal prediction (Vovk et al. 2005): a score of these, or inf where they are too few. Raises
    ValueError unless 0 < alpha < 1.
    """
    raise NotImplementedError("TODO calibrate: read task 6.2 in README.md")
