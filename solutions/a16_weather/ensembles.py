"""How good an ensemble is: the score of its whole law, its spread beside its error, and where truth ranks."""

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor


def crps(
    ensemble: Float[Tensor, "m *dims"],
    truth: Float[Tensor, "*dims"],
    fair: bool = True,
) -> Float[Tensor, "*dims"]:
    """Return the continuous ranked probability score at each place: mean |x - y| - mean |x - x'| / 2.

    The second mean is over pairs of different members, m (m - 1) of them (fair), or over all m² pairs. One
    member has none: |x - y|. In the ensemble's dtype. By ranks: Zamo and Naveau 2018.
    """
    # BEGIN SOLUTION
    m = len(ensemble)
    members = ensemble.double().sort(dim=0).values  # m *dims
    ranks = 2 * torch.arange(1, m + 1, dtype=torch.float64, device=ensemble.device) - m - 1  # m
    apart = torch.tensordot(ranks, members, dims=1) / (m * max(m - fair, 1))  # *dims
    return (members.sub_(truth).abs_().mean(dim=0) - apart).to(ensemble.dtype)
    # END SOLUTION


def spread_skill(
    ensemble: Float[Tensor, "m *b h w"],
    truth: Float[Tensor, "*b h w"],
    weights: Float[Tensor, " h"],  # of the rows; their mean is 1
) -> float:
    """Return spread / error, about 1 for members that truth could be one of (Fortin et al. 2014).

    Spread: the root of the weighted mean variance, divided by m - 1, times sqrt((m + 1) / m). Error: the
    root of the weighted mean square error of the ensemble's mean. Raises ValueError for fewer than two.
    """
    # BEGIN SOLUTION
    m = len(ensemble)
    if m < 2:
        raise ValueError("one member has no spread")
    w, members = weights[:, None], ensemble.double()
    variance = (w * members.var(dim=0)).mean()
    square = (w * (members.mean(dim=0) - truth).square()).mean()
    return math.sqrt((m + 1) / m) * (variance / square).sqrt().item()
    # END SOLUTION


def rank_histogram(
    ensemble: Float[Tensor, "m *dims"],
    truth: Float[Tensor, "*dims"],
    u: Float[Tensor, "*dims"],  # uniform in [0, 1): the lot where members equal the truth
) -> Int64[Tensor, " m_1"]:
    """Count at how many places the truth has rank 0, 1, ..., m among the members.

    The rank is the number of members below, plus floor(u (equal + 1)) where some are equal.
    """
    # BEGIN SOLUTION
    below = (ensemble < truth).sum(dim=0)  # *dims
    equal = (ensemble == truth).sum(dim=0)
    ranks = below + (u * (equal + 1)).floor().long()
    return torch.bincount(ranks.flatten(), minlength=len(ensemble) + 1)
    # END SOLUTION
