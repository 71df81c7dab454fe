"""Training and sampling along straight paths: x_t = (1 - t) x0 + t eps, velocity eps - x0.

t = 0 is data and t = 1 is noise, as in Esser et al. 2024; Lipman et al. and Liu et al. count the other way.
"""

import itertools
import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor, nn

from .path import path


def logit_normal(z: Float[Tensor, " b"], mean: float = 0.0, std: float = 1.0) -> Float[Tensor, " b"]:
    """Return times in [0, 1] of standard normal z: the logit of t is normal (Esser et al. 2024).

    The ends occur by rounding only.
    """
    raise NotImplementedError("TODO times: read task 6.1 in README.md")


def logit_normal_log_density(
    t: Float[Tensor, " b"], mean: float = 0.0, std: float = 1.0
) -> Float[Tensor, " b"]:
    """Return the logarithm of the density of those times at t; minus infinity at 0 and at 1."""
    raise NotImplementedError("TODO times: read task 6.1 in README.md")


def shift_times(t: Float[Tensor, " *b"], alpha: float) -> Float[Tensor, " *b"]:
    """Return times at which a picture alpha times as wide has lost as much (Esser et al. 2024).

    Raises ValueError unless alpha > 0.
    """
    raise NotImplementedError("TODO times: read task 6.1 in README.md")


def flow_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    x0: Float[Tensor, "b *dims"],
    labels: Int[Tensor, " b"],
    drop: Bool[Tensor, " b"],
    t: Float[Tensor, " b"],
    eps: Float[Tensor, "b *dims"],
) -> float:
    """Make one update on the mean squared error of the velocity; return the loss before it.

    `model(x_t, t, labels, drop)` is called once.
    """
    raise NotImplementedError("TODO flow_step: read task 6.2 in README.md")


def flow_sample(
    model: nn.Module,
    noise: Float[Tensor, "b c H W"],
    labels: Int[Tensor, " b"],
    null: int,  # the label of no class
    times: Float64[Tensor, " s"],  # from 1 down to 0: a step from each to the next
    w: float,  # guidance weight: 1 is plain conditional sampling
    guided: int | None = None,  # the first so many channels are guided; None: all
) -> Float[Tensor, "b c H W"]:
    """Follow the guided velocity from noise to data by Euler's method.

    `model(x, t, labels)` is called once a step, on the batch with its labels and again without.
    Raises ValueError unless times fall strictly.
    """
    raise NotImplementedError("TODO flow_sample: read task 6.3 in README.md")
