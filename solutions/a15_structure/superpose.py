"""One structure laid upon another, and how much of it is right: with superposition and without."""

import torch
from jaxtyping import Float
from torch import Tensor


def weighted_rigid_align(
    x: Float[Tensor, "*b n 3"],
    target: Float[Tensor, "*b n 3"],
    weights: Float[Tensor, "*b n"],  # at least 0, with a positive sum
) -> Float[Tensor, "*b n 3"]:
    """Return x, turned and moved so that the weighted squared distances to the target are least.

    Kabsch 1976; Abramson et al. 2024, Supplement, Algorithm 28. A proper rotation, no mirror; the result
    carries no gradient.
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        share = (weights / weights.sum(dim=-1, keepdim=True))[..., None]  # *b n 1
        middle, goal = ((share * one).sum(dim=-2, keepdim=True) for one in (x, target))
        centred = x - middle
        U, _, Vh = torch.linalg.svd((share * centred).mT @ target)  # *b 3 3
        signs = U.new_ones(U.shape[:-1])
        signs[..., 2] = torch.linalg.det(U @ Vh)
        return centred @ (U * signs[..., None, :] @ Vh) + goal
    # END SOLUTION


def tm_score(x: Float[Tensor, "*b n 3"], target: Float[Tensor, "*b n 3"]) -> Float[Tensor, "*b"]:
    """Return the TM score at the least-squares superposition: a lower bound of the official score.

    Zhang and Skolnick 2004; shorter chains count as of 19 residues.
    """
    # BEGIN SOLUTION
    d0 = 1.24 * (max(x.shape[-2], 19) - 15) ** (1 / 3) - 1.8
    aligned = weighted_rigid_align(x, target, x.new_ones(x.shape[:-1]))
    squares = (aligned - target).square().sum(dim=-1)  # *b n
    return (1 / (1 + squares / d0**2)).mean(dim=-1)
    # END SOLUTION


def lddt(
    pred: Float[Tensor, "*b n 3"],
    true: Float[Tensor, "*b n 3"],
    cutoff: float = 15.0,  # Å, of the true distance
    per_residue: bool = False,
) -> Float[Tensor, "*b"] | Float[Tensor, "*b n"]:
    """Return the local distance difference test: the share of distances that are right.

    Mariani et al. 2013. Where there is no pair it is 1.
    """
    # BEGIN SOLUTION
    here, there = ((one.unsqueeze(-2) - one.unsqueeze(-3)).norm(dim=-1) for one in (pred, true))  # *b n n
    pairs = (there < cutoff) & ~torch.eye(pred.shape[-2], dtype=torch.bool, device=pred.device)
    kept = torch.stack([(here - there).abs() < within for within in (0.5, 1.0, 2.0, 4.0)])
    right = (kept & pairs).sum(dim=0).to(pred.dtype) / 4
    over = (-1,) if per_residue else (-2, -1)
    count = pairs.sum(dim=over)
    return torch.where(count > 0, right.sum(dim=over) / count, 1.0)
    # END SOLUTION
