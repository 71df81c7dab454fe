"""The normal law of rotations, IGSO(3): the density of its angle, its score, and draws from it."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def igso3_density(omega: Float[Tensor, " n"], sigma: float) -> Float[Tensor, " n"]:
    """Return the density of the rotation's angle on [0, pi].

    Leach et al. 2022, Eq. 5 with eps = sigma / sqrt(2), times the volume factor (1 - cos) / pi; Yim et al.
    2023, Prop. 3.3. Raises ValueError unless sigma > 0.
    """
    raise NotImplementedError("TODO igso3: read task 1.3 in README.md")


def igso3_score(v: Float[Tensor, "*n 3"], sigma: float) -> Float[Tensor, "*n 3"]:
    """Return the score of the density on the group at the rotation vectors v, as rotation vectors.

    It is f'(omega) / f(omega) along v, without the volume factor, and 0 at v = 0. Raises ValueError unless
    sigma > 0.
    """
    raise NotImplementedError("TODO igso3: read task 1.3 in README.md")


def igso3_sample(
    u: Float[Tensor, " n"],  #      uniform numbers from [0, 1], both included
    axis: Float[Tensor, "n 3"],  #  of any length but 0
    sigma: float,
) -> Float[Tensor, "n 3"]:
    """Return rotation vectors along `axis`, with the angles at which the distribution reaches u.

    Raises ValueError unless sigma > 0.
    """
    raise NotImplementedError("TODO igso3: read task 1.3 in README.md")
