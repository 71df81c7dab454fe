"""Sampling with guidance: one model call a step, whatever the model predicts and however a step is made.

Weights are float64, one for each step.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from .combine import cfg_combine
from .steps import Model, Step


def guided_step(
    model: Model,
    x_t: Float[Tensor, "b *dims"],
    t: int,
    context: Tensor,  #   (b, ...): what to move towards
    negative: Tensor,  #  (b, ...): what to move away from, usually the null context
    w: float,
    step: Step,
) -> Float[Tensor, "b *dims"]:
    """Return x_{t-1}, made by `step` from the guided prediction (Ho and Salimans 2022, Algorithm 2).

    The model is called once, on a doubled batch; where w = 1 on the images with `context` alone.
    """
    raise NotImplementedError("TODO guided_step: read task 4.1 in README.md")


def interval_weights(
    alpha_bar: Float[Tensor, " T"],
    w: float,
    sigma_low: float,
    sigma_high: float,
) -> Float[Tensor, " T"]:
    """Return w where sigma_low < sigma <= sigma_high, and 1 elsewhere (Kynkäänniemi et al. 2024).

    sigma is the deviation of the noise when the signal has size 1: infinite where alpha_bar is 0.
    """
    raise NotImplementedError("TODO weight_schedules: read task 4.2 in README.md")


def linear_weights(T: int, w: float) -> Float[Tensor, " T"]:
    """Return weights on a straight line: 1 at pure noise (step T - 1), `w` on average (Wang et al. 2024).

    Raises ValueError for fewer than two steps: one value cannot be both.
    """
    raise NotImplementedError("TODO weight_schedules: read task 4.2 in README.md")


def guided_sample(
    model: Model,
    x_T: Float[Tensor, "b *dims"],
    context: Tensor,
    negative: Tensor,
    weights: Float[Tensor, " T"],
    step: Step,
) -> Float[Tensor, "b *dims"]:
    """Return the images that T guided steps make of the noise `x_T`; step t has the weight `weights[t]`.

    One call of the model for each step. No gradient is recorded, neither for the result nor in between.
    """
    raise NotImplementedError("TODO guided_sample: read task 4.3 in README.md")
