"""Making a model forget a concept: a target for training, and a closed form for weights."""

import torch
from jaxtyping import Float
from torch import Tensor


def erased_noise(
    eps_u: Float[Tensor, "b *dims"],  # predicted without the concept
    eps_c: Float[Tensor, "b *dims"],  # predicted with it
    strength: float = 1.0,
) -> Float[Tensor, "b *dims"]:
    """Return the noise that a model is trained to predict for the concept instead, without gradient.

    ESD (Gandikota et al. 2023): strength times as far beyond the unconditional one as the concept was
    before it.
    """
    # BEGIN SOLUTION
    return (eps_u - strength * (eps_c - eps_u)).detach()
    # END SOLUTION


def erase_linear(
    weight: Float[Tensor, "o d"],
    concept: Float[Tensor, "d a"],  # columns: what is to be forgotten
    target: Float[Tensor, "d a"],  #  columns: what is to be answered instead
    kept: Float[Tensor, "d k"],  #    columns: what must stay; k may be 0
    keep: float = 1.0,
    ridge: float = 1e-6,
) -> Float[Tensor, "o d"]:
    """Return the weights that answer a concept as they answered its target, and change little else.

    UCE (Gandikota et al. 2024): least squares of three terms, the latter two times `keep` and `ridge`. Formed
    in float64; the result has the dtype of the weights.
    """
    # BEGIN SOLUTION
    w, c, t, k = (one.double() for one in (weight, concept, target, kept))
    stays = keep * k @ k.mT + ridge * torch.eye(len(k), dtype=torch.float64, device=k.device)  # d d
    found = torch.linalg.solve(c @ c.mT + stays, w @ (t @ c.mT + stays), left=False)
    return found.to(weight.dtype)
    # END SOLUTION
