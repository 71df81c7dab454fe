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
    # BEGIN SOLUTION
    steps = torch.full((len(x_t),), t, device=x_t.device)  # (b,)
    # Ask for one half alone where the other has no effect.
    if w == 1:
        return step(x_t, model(x_t, steps, context), t)
    # Ask for both halves in one call, and tell them apart again.
    both = model(torch.cat([x_t, x_t]), steps.repeat(2), torch.cat([context, negative]))  # (2b, *dims)
    cond, uncond = both.chunk(2)
    return step(x_t, cfg_combine(cond, uncond, w), t)
    # END SOLUTION


def interval_weights(
    alpha_bar: Float[Tensor, " T"],
    w: float,
    sigma_low: float,
    sigma_high: float,
) -> Float[Tensor, " T"]:
    """Return w where sigma_low < sigma <= sigma_high, and 1 elsewhere (Kynkäänniemi et al. 2024).

    sigma is the deviation of the noise when the signal has size 1: infinite where alpha_bar is 0.
    """
    # BEGIN SOLUTION
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    inside = (sigma > sigma_low) & (sigma <= sigma_high)
    return torch.ones_like(alpha_bar).masked_fill(inside, w)
    # END SOLUTION


def linear_weights(T: int, w: float) -> Float[Tensor, " T"]:
    """Return weights on a straight line: 1 at pure noise (step T - 1), `w` on average (Wang et al. 2024).

    Raises ValueError for fewer than two steps: one value cannot be both.
    """
    # BEGIN SOLUTION
    if T < 2:
        raise ValueError(f"a line needs at least 2 steps, but T is {T}")
    return torch.linspace(2 * w - 1, 1, T, dtype=torch.float64)
    # END SOLUTION


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
    # BEGIN SOLUTION
    x = x_T
    with torch.no_grad():
        for t in reversed(range(len(weights))):
            x = guided_step(model, x, t, context, negative, weights[t].item(), step)
    return x
    # END SOLUTION
