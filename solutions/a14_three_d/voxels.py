"""Shapes as voxels, and what a variational autoencoder of them minimises."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def voxelise(points: Float[Tensor, "m 3"], size: int) -> Float[Tensor, "size size size"]:
    """Return which cells of [-1, 1]^3 hold a point: 1 there and 0 elsewhere, float32.

    Points outside, and those at +1, count in the nearest cell.
    """
    # BEGIN SOLUTION
    cells = ((points + 1) / 2 * size).floor().long().clamp(0, size - 1)  # m 3
    grid = torch.zeros(size, size, size, device=points.device)
    grid[cells.unbind(dim=1)] = 1
    return grid
    # END SOLUTION


def voxel_loss(
    logits: Float[Tensor, "b *s"],  # of "occupied"
    target: Float[Tensor, "b *s"],  # 1 or 0
    mu: Float[Tensor, "b k"],
    log_var: Float[Tensor, "b k"],
    gamma: float = 0.97,  # weight of occupied cells; empty ones have 1 - gamma
    beta: float = 1.0,  #   weight of the divergence
) -> Float[Tensor, ""]:
    """Return weighted cross-entropy plus beta times divergence, summed over a shape: the mean over shapes.

    The weighting is that of Brock et al. 2016.
    """
    # BEGIN SOLUTION
    occupied = gamma * target * F.logsigmoid(logits)  # b *s
    empty = (1 - gamma) * (1 - target) * F.logsigmoid(-logits)
    entropy = -(occupied + empty).flatten(1).sum(dim=1)  # b
    divergence = (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1) / 2  # b
    return (entropy + beta * divergence).mean()
    # END SOLUTION
