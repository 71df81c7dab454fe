"""Given: what every statistic here begins with, distances of two sets, and that of two Gaussians."""

import torch
from jaxtyping import Float
from torch import Tensor


def sample(x: Tensor, least: int = 1) -> Tensor:
    """Return x in float64.

    Raises ValueError where it has fewer than `least` rows, or values that are not finite.
    """
    if len(x) < least:
        raise ValueError(f"{len(x)} rows came; at least {least} are needed")
    if not torch.isfinite(x).all():
        raise ValueError("there are values that are not finite")
    return x.double()


def distances(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Return all distances, formed from differences: equal rows are at 0, and equal distances are equal."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def gaussian_w2_squared(
    mean1: Float[Tensor, " d"],
    cov1: Float[Tensor, "d d"],
    mean2: Float[Tensor, " d"],
    cov2: Float[Tensor, "d d"],
) -> Float[Tensor, ""]:
    """Return the squared 2-Wasserstein distance of two Gaussians, from singular values.

    tr (C1^1/2 C2 C1^1/2)^1/2 is the sum of the singular values of C1^1/2 C2^1/2.
    """
    roots = []
    for cov in (cov1, cov2):
        variances, axes = torch.linalg.eigh(cov)
        roots.append(axes @ torch.diag(variances.clamp(min=0).sqrt()) @ axes.mT)
    spread = torch.trace(cov1 + cov2) - 2 * torch.linalg.matrix_norm(roots[0] @ roots[1], "nuc")
    return torch.dist(mean1, mean2) ** 2 + spread
