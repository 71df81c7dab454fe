"""SE(3) diffusion of frames: rotations and translations are noised together, and denoised together."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .earlier import r3_schedule
from .igso3 import igso3_score
from .so3 import so3_exp

Scores = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]  # R, x, t -> of rotations, translations


def so3_schedule(t: float, sigma_min: float = 0.1, sigma_max: float = 1.5) -> tuple[float, float]:
    """Return sigma(t) and g², the rate at which sigma² grows.

    Yim et al. 2023, the logarithmic schedule of FrameDiff. Raises ValueError unless 0 < t <= 1.
    """
    raise NotImplementedError("TODO se3_noise: read task 2.1 in README.md")


def se3_noise(
    R0: Float[Tensor, "n 3 3"],
    x0: Float[Tensor, "n 3"],  # in Å
    t: float,
    v: Float[Tensor, "n 3"],  #  draws of IGSO(3) with sigma(t)
    z: Float[Tensor, "n 3"],
    scale: float = 0.1,  #       translations are noised in units of 1 / scale Å
) -> tuple[Float[Tensor, "n 3 3"], Float[Tensor, "n 3"], Float[Tensor, "n 3"], Float[Tensor, "n 3"]]:
    """Return R_t, x_t in Å, and the scores of both: that of rotations in each residue's own axes.

    Yim et al. 2023. The translations' score is in scaled units.
    """
    raise NotImplementedError("TODO se3_noise: read task 2.1 in README.md")


def se3_step(
    R: Float[Tensor, "n 3 3"],
    x: Float[Tensor, "n 3"],
    rot_score: Float[Tensor, "n 3"],
    trans_score: Float[Tensor, "n 3"],
    t: float,
    dt: float,
    w: Float[Tensor, "n 3"],
    z: Float[Tensor, "n 3"],
    scale: float = 0.1,
) -> tuple[Float[Tensor, "n 3 3"], Float[Tensor, "n 3"]]:
    """Make one step of the reverse diffusion from t to t - dt, coefficients at t (Yim et al. 2023)."""
    raise NotImplementedError("TODO se3_sample: read task 2.2 in README.md")


def se3_sample(
    scores: Scores,
    R: Float[Tensor, "n 3 3"],
    x: Float[Tensor, "n 3"],
    w: Float[Tensor, "N n 3"],
    z: Float[Tensor, "N n 3"],
    t_min: float = 0.01,
) -> tuple[Float[Tensor, "n 3 3"], Float[Tensor, "n 3"]]:
    """Go from t = 1 to t_min in N equal steps; without steps, return what came. No gradients."""
    raise NotImplementedError("TODO se3_sample: read task 2.2 in README.md")
