"""Shapes as sets of points: two distances between them, and an encoder to which their order is nothing."""

import torch
from jaxtyping import Bool, Float
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn


def chamfer(a: Float[Tensor, "*b n 3"], b: Float[Tensor, "*b m 3"]) -> Float[Tensor, "*b"]:
    """Return the mean squared distance from a's points to b's nearest, plus that from b's to a's.

    Fan et al. 2017, with means in place of sums. Raises ValueError for empty sets.
    """
    # BEGIN SOLUTION
    if a.shape[-2] == 0 or b.shape[-2] == 0:
        raise ValueError("an empty set has no distance")
    squares = (a.unsqueeze(-2) - b.unsqueeze(-3)).square().sum(dim=-1)  # *b n m
    return squares.amin(dim=-1).mean(dim=-1) + squares.amin(dim=-2).mean(dim=-1)
    # END SOLUTION


def emd(a: Float[Tensor, "n 3"], b: Float[Tensor, "n 3"]) -> float:
    """Return the earth mover's distance: the least mean distance over all one-to-one pairings.

    Raises ValueError for empty sets and for sets of unequal size.
    """
    # BEGIN SOLUTION
    if len(a) != len(b) or len(a) == 0:
        raise ValueError(f"{len(a)} and {len(b)} points cannot be paired")
    distances = (a[:, None] - b).norm(dim=-1)  # n n
    rows, columns = linear_sum_assignment(distances.cpu().numpy())
    return distances[rows, columns].mean().item()
    # END SOLUTION


class PointEncoder(nn.Module):
    """PointNet's idea (Qi et al. 2017): the same layers for each point, then a maximum over all points."""

    def __init__(self, width: int = 64, code: int = 16) -> None:
        super().__init__()
        self.each = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, width))
        self.mu, self.log_var = nn.Linear(width, code), nn.Linear(width, code)

    def forward(
        self,
        points: Float[Tensor, "b n 3"],
        mask: Bool[Tensor, "b n"] | None = None,  # True: there is such a point; None: all are there
    ) -> tuple[Float[Tensor, "b k"], Float[Tensor, "b k"]]:
        """Return mean and logarithm of the variance of each set's code.

        Raises ValueError where a set has no point.
        """
        # BEGIN SOLUTION
        features = self.each(points)  # b n width
        if mask is not None:
            if not mask.any(dim=1).all():
                raise ValueError("there is a set without points")
            features = features.masked_fill(~mask[..., None], -torch.inf)
        whole = features.amax(dim=1)  # b width
        return self.mu(whole), self.log_var(whole)
        # END SOLUTION
