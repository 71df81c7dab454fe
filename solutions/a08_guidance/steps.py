"""Given: what a sampler asks of a model, and deterministic steps to try yours with.

Steps count from 0: step t leads from x_t to x_{t-1}, and step 0 ends in the image.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Model = Callable[[Tensor, Tensor, Tensor], Tensor]  # model(x, t, context): a prediction, shaped like x
Step = Callable[[Tensor, Tensor, int], Tensor]  # step(x_t, prediction, t): x_{t-1}


def affine_step(keep: Float[Tensor, " T"], move: Float[Tensor, " T"]) -> Step:
    """Return the step keep[t] x_t + move[t] prediction: every deterministic first-order sampler."""
    return lambda x_t, prediction, t: (keep[t] * x_t + move[t] * prediction).to(x_t.dtype)


def turning_step(T: int) -> Step:
    """Return T equal turns that lead from pure noise to the image, for a model that predicts v.

    (x_t, v) is (x_0, eps) turned by an angle, and step t turns x_t back by a T-th of a right angle.
    """
    angle = torch.full((T,), math.pi / (2 * T), dtype=torch.float64)
    return affine_step(torch.cos(angle), -torch.sin(angle))


def turning_alpha_bar(T: int) -> Float[Tensor, " T"]:
    """Return the signal variance at each of T equal turns; the last is 0. Float64."""
    remaining = torch.arange(T - 1, -1, -1, dtype=torch.float64)  # turns between x_t and pure noise
    return torch.sin(remaining * math.pi / (2 * T)) ** 2
