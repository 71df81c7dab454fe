"""Where along its ray a field is asked: once in each bin, then mostly where something was seen."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def stratified_samples(
    near: float,
    far: float,
    u: Float[Tensor, "r n"],  # in [0, 1): where in its bin each sample lies
) -> tuple[Float[Tensor, "r n"], Float[Tensor, " n+1"]]:
    """Return one sample in each of n equal bins of [near, far], and the bins' edges.

    Mildenhall et al. 2020, Eq. 2. Raises ValueError unless near < far.
    """
    # BEGIN SOLUTION
    if far <= near:
        raise ValueError(f"the bins would go from {near} to {far}")
    n = u.shape[1]
    bins = torch.arange(n + 1).to(u)  # n+1
    t = near + (far - near) * (bins[:-1] + u) / n  # r n
    return t, near + (far - near) * bins / n
    # END SOLUTION


def importance_samples(
    edges: Float[Tensor, "r e"],  #   e = n + 1 of them
    weights: Float[Tensor, "r n"],  # mass of each bin, up to a factor
    u: Float[Tensor, "r m"],  #       in [0, 1)
) -> Float[Tensor, "r m"]:
    """Return samples of the law that is constant in each bin, by inverting its cumulative distribution.

    Mildenhall et al. 2020, Sec. 5.2. Rays without any weight have equally likely bins. No gradient flows
    through samples. Raises ValueError for negative weights.
    """
    # BEGIN SOLUTION
    if (weights < 0).any():
        raise ValueError("there are negative weights")
    # The cumulative distribution at the edges.
    total = weights.sum(dim=1, keepdim=True)  # r 1
    masses = torch.where(total > 0, weights, torch.ones_like(weights))
    cdf = F.pad(masses.cumsum(dim=1), (1, 0))  # r n+1
    cdf = cdf / cdf[:, -1:]
    # The bin of each u, and the way through it.
    k = torch.searchsorted(cdf, u.contiguous(), right=True) - 1  # r m
    low, high = cdf.gather(1, k), cdf.gather(1, k + 1)
    left, right = edges.gather(1, k), edges.gather(1, k + 1)
    return (left + (u - low) / (high - low) * (right - left)).detach()
    # END SOLUTION
