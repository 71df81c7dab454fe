"""Straight paths from data to noise, their velocity, and the score that it means.

t = 0 is data and t = 1 is noise; Lipman et al. (2022) and Liu et al. (2022) count the other way.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .axes import per_sample


def fm_path(
    x0: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Float[Tensor, " b"],
    sigma_min: float = 0.0,  # deviation of the noise that is there at t = 0 already
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *dims"]]:
    """Return x_t = (1 - t) x0 + (sigma_min + (1 - sigma_min) t) eps and its velocity, in x0's dtype."""
    # BEGIN SOLUTION
    t = per_sample(t, x0)  # (b, 1, ..., 1)
    x_t = (1 - t) * x0 + (sigma_min + (1 - sigma_min) * t) * eps
    return x_t.to(x0.dtype), (1 - sigma_min) * eps - x0
    # END SOLUTION


def velocity_to_score(
    v: Float[Tensor, "b *dims"], x_t: Float[Tensor, "b *dims"], t: Float[Tensor, " b"]
) -> Float[Tensor, "b *dims"]:
    """Return the score that a velocity means at x_t, for sigma_min = 0, in x_t's dtype.

    Raises ValueError when any t is 0, where it would divide by 0.
    """
    # BEGIN SOLUTION
    if (t == 0).any():
        raise ValueError("at t = 0 there is no noise, and the velocity says nothing about the score")
    t = per_sample(t, x_t)
    return (-(x_t + (1 - t) * v) / t).to(x_t.dtype)
    # END SOLUTION


def score_to_velocity(
    score: Float[Tensor, "b *dims"], x_t: Float[Tensor, "b *dims"], t: Float[Tensor, " b"]
) -> Float[Tensor, "b *dims"]:
    """Return the velocity that a score means at x_t, for sigma_min = 0, in x_t's dtype.

    Raises ValueError when any t is 1, where it would divide by 0.
    """
    # BEGIN SOLUTION
    if (t == 1).any():
        raise ValueError("at t = 1 there is no data left, and the score says nothing about the velocity")
    t = per_sample(t, x_t)
    return (-(x_t + t * score) / (1 - t)).to(x_t.dtype)
    # END SOLUTION


def ot_pairing(x0: Float[Tensor, "b *dims"], eps: Float[Tensor, "b *dims"]) -> Int[Tensor, " b"]:
    """Return a permutation j that makes the sum of |x0[i] - eps[j[i]]|^2 as small as it can be.

    Memory for b times b numbers is allowed, for b times b times d it is not.
    """
    # BEGIN SOLUTION
    from scipy.optimize import linear_sum_assignment

    cost = torch.cdist(x0.reshape(len(x0), -1), eps.reshape(len(eps), -1)).square()  # (b, b)
    _, j = linear_sum_assignment(cost.cpu().numpy())
    return torch.from_numpy(j).to(x0.device)
    # END SOLUTION
