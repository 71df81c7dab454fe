"""Who was in the training set: an attack gives scores, and these say how good it is."""

import torch
from jaxtyping import Float
from torch import Tensor

from .samples import sample


def auc(members: Float[Tensor, " n"], others: Float[Tensor, " m"]) -> float:
    """Return the probability that a member has the larger score; ties count one half."""
    raise NotImplementedError("TODO membership: read task 2.2 in README.md")


def tpr_at_fpr(members: Float[Tensor, " n"], others: Float[Tensor, " m"], fpr: float = 0.01) -> float:
    """Return the largest share of members found by a threshold that at most a share `fpr` of others reaches.

    Whose score is at least the threshold is called a member. No interpolation; 0 where no threshold will do.
    """
    raise NotImplementedError("TODO membership: read task 2.2 in README.md")


def likelihood_ratio_score(
    score: Float[Tensor, " n"],
    mean_in: Float[Tensor, " n"],  #  of scores that models have for this example when it was trained on
    std_in: Float[Tensor, " n"],  #   their deviation
    mean_out: Float[Tensor, " n"],  # the same of models that were not
    std_out: Float[Tensor, " n"],
) -> Float[Tensor, " n"]:
    """Return log N(score; in) - log N(score; out), in nats (LiRA, Carlini et al. 2022).

    Raises ValueError for deviations that are not positive.
    """
    raise NotImplementedError("TODO membership: read task 2.2 in README.md")
