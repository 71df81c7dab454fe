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
    raise NotImplementedError("TODO design: read task 5.2 in README.md")


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
    raise NotImplementedError("TODO design: read task 5.2 in README.md")


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
    raise NotImplementedError("TODO design: read task 5.2 in README.md")
