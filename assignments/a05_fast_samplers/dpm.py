"""DPM-Solver++: DDIM with a straight line through the last two predictions (2M)."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from .levels import Level


def dpm_step(
    x: Float[Tensor, "b *dims"],
    x0: Float[Tensor, "b *dims"],  # the model's image at `at`
    at: Level,
    to: Level,
    before: Float[Tensor, "b *dims"] | None = None,  # the model's image one step earlier
    r: float | None = None,  # length of the step before over the length of this one, in half log-SNR
) -> Float[Tensor, "b *dims"]:
    """Return x at the level `to`; of second order when `before` and `r` are given (Lu et al. 2022, 2M).

    First order is DDIM with eta = 0. A step to sigma = 0 is always of first order. Raises ValueError when
    `at` is clean.
    """
    raise NotImplementedError("TODO dpm_step: read task 3.1 in README.md")


def dpm_sample(
    denoise: Callable[[Tensor, int], Tensor],  # denoise(x, i): the image that x means on level i
    x: Float[Tensor, "b *dims"],
    levels: Sequence[Level],
    order: int = 2,
) -> Float[Tensor, "b *dims"]:
    """Return x on the last of `levels`, by steps of DPM-Solver++(2M); with order = 1 all are of first order.

    The first step is of first order. One call of `denoise` for each step; no gradient is recorded, and no
    image but the last prediction is kept. Raises ValueError for fewer than two levels, levels that do not
    rise in half log-SNR, and another order than 1 or 2.
    """
    raise NotImplementedError("TODO dpm_sample: read task 3.2 in README.md")
