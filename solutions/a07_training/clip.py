"""Clipping: a gradient that is too long keeps its direction and loses its length."""

import math
from collections.abc import Iterable

from torch import nn


def clip_by_norm(parameters: Iterable[nn.Parameter], max_norm: float) -> float:
    """Shorten all gradients together to `max_norm`, in place, and return the norm that they had before.

    The norm is one number over all gradients (Pascanu et al. 2013). `parameters` may be an iterator; those
    without a gradient are skipped, and without any gradient the norm is 0. Gradients that are not longer than
    `max_norm` stay as they are to the bit, and so do all of them when the norm is infinite or NaN. Squares
    are summed in float64.
    """
    # BEGIN SOLUTION
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(g.double().square().sum().item() for g in gradients))
    if max_norm < norm < math.inf:  # NaN is in no order
        for g in gradients:
            g.mul_(max_norm / norm)
    return norm
    # END SOLUTION
