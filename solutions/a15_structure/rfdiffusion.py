"""RFdiffusion: a structure predictor that denoises, told its own last guess, with a motif that stays."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from .earlier import posterior
from .igso3 import igso3_score
from .so3 import so3_exp, so3_log
from .superpose import weighted_rigid_align

Frames = tuple[Tensor, Tensor]  # rotations and positions
Model = Callable[[Tensor, Tensor, int, Frames | None], Frames]  # R, x, t, last guess -> R0, x0


def self_conditioned(model: Model, noisier: Frames, noisy: Frames, t: int, coin: float) -> Frames:
    """Return what the model answers in training; where coin < .5 it is told its guess from one step before.

    Watson et al. 2023, Supplement, Algorithm 3: `noisier` is the structure at t + 1, and the first pass
    carries no gradient.
    """
    # BEGIN SOLUTION
    previous = None
    if coin < 0.5:
        with torch.no_grad():
            previous = model(*noisier, t + 1, None)
    return model(*noisy, t, previous)
    # END SOLUTION


def rf_step(
    R: Float[Tensor, "n 3 3"],
    x: Float[Tensor, "n 3"],
    R0: Float[Tensor, "n 3 3"],
    x0: Float[Tensor, "n 3"],
    t: int,  #                      1..T-1
    T: int,  #                      at least 15
    mask: Bool[Tensor, " n"],  #    True: motif, stays
    w: Float[Tensor, "n 3"],
    z: Float[Tensor, "n 3"],
) -> tuple[Float[Tensor, "n 3 3"], Float[Tensor, "n 3"]]:
    """Make one step from t to t - 1 towards the prediction R0, x0 (Watson et al. 2023; steps from 0).

    Raises ValueError for other t and T.
    """
    # BEGIN SOLUTION
    if not (T >= 15 and 1 <= t < T):
        raise ValueError(f"there is no step {t} of {T}")
    betas = torch.linspace(0.01, 0.07, T, dtype=torch.float64) * 200 / T
    mean, variance = posterior(x0 / 4, x / 4, t, torch.cumprod(1 - betas, dim=0))
    moved = (mean + math.sqrt(variance) * z) * 4
    # Rotations go along the score of IGSO(3) around the prediction.
    u = (t + 1) / T
    sigma = 0.02 + 1.5 * u + u**2 / 2
    g2 = 2 * sigma * (1.5 + u) / T
    score = igso3_score(so3_log(R0.mT @ R), sigma)
    turned = R @ so3_exp(g2 * score + math.sqrt(g2) * w)
    return torch.where(mask[:, None, None], R, turned), torch.where(mask[:, None], x, moved)
    # END SOLUTION


def rf_sample(
    model: Model,
    R: Float[Tensor, "n 3 3"],
    x: Float[Tensor, "n 3"],
    mask: Bool[Tensor, " n"],
    w: Float[Tensor, "T-1 n 3"],
    z: Float[Tensor, "T-1 n 3"],
    T: int = 50,
) -> Frames:
    """Go from step T - 1 to step 0 and return the last prediction as the model gave it; no gradients.

    Watson et al. 2023. Each call is told the prediction before it; each prediction is laid upon the motif
    before the step. Raises ValueError unless T >= 15.
    """
    # BEGIN SOLUTION
    if T < 15:
        raise ValueError(f"T is {T}; betas reach 1 below 15 steps")
    known = torch.zeros(len(x), 4, dtype=x.dtype, device=x.device)
    known[:, 0] = mask  # the tips of the axes go along
    with torch.no_grad():
        previous = None
        for t in range(T - 1, 0, -1):
            R0, x0 = previous = model(R, x, t, previous)
            if mask.any():
                points = x0[:, None] + torch.cat([torch.zeros_like(x0)[:, None], R0.mT], dim=1)  # n 4 3
                goal = x[:, None].expand_as(points)
                laid = weighted_rigid_align(*(one.flatten(0, 1) for one in (points, goal, known)))
                x0, *tips = laid.unflatten(0, (-1, 4)).unbind(dim=1)
                R0 = torch.stack(tips, dim=-1) - x0[..., None]
            R, x = rf_step(R, x, R0, x0, t, T, mask, w[T - 1 - t], z[T - 1 - t])
        return model(R, x, 0, previous)
    # END SOLUTION
