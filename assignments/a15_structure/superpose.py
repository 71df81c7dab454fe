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
    raise NotImplementedError("TODO superpose: read task 3.1 in README.md")


def tm_score(x: Float[Tensor, "*b n 3"], target: Float[Tensor, "*b n 3"]) -> Float[Tensor, "*b"]:
    """Return the TM score at the least-squares superposition: a lower bound of the official score.

    Zhang and Skolnick 2004; shorter chains count as of 19 residues.
    """
    raise NotImplementedError("TODO superpose: read task 3.1 in README.md")


def lddt(
    pred: Float[Tensor, "*b n 3"],
    true: Float[Tensor, "*b n 3"],
    cutoff: float = 15.0,  # Å, of the true distance
    per_residue: bool = False,
) -> Float[Tensor, "*b"] | Float[Tensor, "*b n"]:
    """Return the local distance difference test: the share of distances that are right.

    Mariani et al. 2013. Where there is no pair it is 1.
    """
    raise NotImplementedError("TODO superpose: read task 3.1 in README.md")
