"""Who was in the training set: an attack gives scores, and these say how good it is."""

import torch
from jaxtyping import Float
from torch import Tensor

from .samples import sample


def auc(members: Float[Tensor, " n"], others: Float[Tensor, " m"]) -> float:
    """Return the probability that a member has the larger score; ties count one half."""
    # BEGIN SOLUTION
    members, others = sample(members), sample(others).sort().values
    below = torch.searchsorted(others, members)  # n, how many others are smaller
    up_to = torch.searchsorted(others, members, right=True)
    return ((below + up_to).double().mean() / (2 * len(others))).item()
    # END SOLUTION


def tpr_at_fpr(members: Float[Tensor, " n"], others: Float[Tensor, " m"], fpr: float = 0.01) -> float:
    """Return the largest share of members found by a threshold that at most a share `fpr` of others reaches.

    Whose score is at least the threshold is called a member. No interpolation; 0 where no threshold will do.
    """
    # BEGIN SOLUTION
    members, others = sample(members), sample(others)
    alarms = (others >= members[:, None]).double().mean(dim=1)  # n, with each member's score as threshold
    return (alarms <= fpr).double().mean().item()
    # END SOLUTION


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
    # BEGIN SOLUTION
    score, mean_in, std_in = sample(score), sample(mean_in), sample(std_in)
    mean_out, std_out = sample(mean_out), sample(std_out)
    if (std_in <= 0).any() or (std_out <= 0).any():
        raise ValueError("deviations are positive")
    inside, outside = (score - mean_in) / std_in, (score - mean_out) / std_out
    return torch.log(std_out / std_in) + (outside.square() - inside.square()) / 2
    # END SOLUTION
