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
    # BEGIN SOLUTION
    if at.sigma == 0:
        raise ValueError("no step begins at sigma = 0: the image is finished")
    if to.sigma == 0:
        return to.alpha * x0
    h = to.half_log_snr - at.half_log_snr
    D = x0 if before is None else x0 + (x0 - before) / (2 * r)
    return to.sigma / at.sigma * x - to.alpha * math.expm1(-h) * D
    # END SOLUTION


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
    # BEGIN SOLUTION
    heights = [level.half_log_snr for level in levels]
    lengths = [there - here for here, there in pairwise(heights)]
    if not lengths or min(lengths) <= 0 or order not in (1, 2):
        raise ValueError(f"order is 1 or 2, and two levels or more must rise: {order}, {heights}")
    before = None
    with torch.no_grad():
        for i, (at, to) in enumerate(pairwise(levels)):
            x0 = denoise(x, i)
            if order == 1 or before is None:
                x = dpm_step(x, x0, at, to)
            else:
                x = dpm_step(x, x0, at, to, before, lengths[i - 1] / lengths[i])
            before = x0
    return x
    # END SOLUTION
