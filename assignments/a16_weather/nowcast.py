"""NowcastNet's evolution operator: rain that moves and grows, and what its motion is learnt from."""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def advect(
    x: Float[Tensor, "b c h w"],
    motion: Float[Tensor, "b 2 h w"],  # pixels a step: to the right, down
    mode: Literal["bilinear", "nearest"] = "bilinear",
) -> Float[Tensor, "b c h w"]:
    """Move a field by one step, backwards: the value at p is what was at p - motion(p).

    Values sit on the pixels; what comes from outside is the nearest value of the border.
    """
    raise NotImplementedError("TODO advect: read task 4.1 in README.md")


def evolve(
    x0: Float[Tensor, "b 1 h w"],
    motion: Float[Tensor, "b T 2 h w"],
    residual: Float[Tensor, "b T 1 h w"],
) -> tuple[Float[Tensor, "b T 1 h w"], Float[Tensor, "b T 1 h w"]]:
    """Return (advected, evolved), T steps of each (Zhang et al. 2023).

    Each step begins with what was evolved last, detached. Advected: moved, bilinear. Evolved: moved to the
    nearest pixel, plus the residual.
    """
    raise NotImplementedError("TODO evolution: read task 4.2 in README.md")


def weighted_distance(truth: Float[Tensor, "*s"], forecast: Float[Tensor, "*s"]) -> Float[Tensor, ""]:
    """Return the mean of |truth - forecast| min(24, 1 + truth), rain in mm/h."""
    raise NotImplementedError("TODO evolution: read task 4.2 in README.md")


def motion_smoothness(
    motion: Float[Tensor, "b 2 h w"],
    truth: Float[Tensor, "b 1 h w"],
) -> Float[Tensor, ""]:
    """Return how rough a motion is where it rains.

    Sobel slopes (1, 2, 1 across, not normalised, border repeated) of both components in both directions,
    squared, times min(24, 1 + truth); the mean over batch and pixels, summed over the four.
    """
    raise NotImplementedError("TODO evolution: read task 4.2 in README.md")
