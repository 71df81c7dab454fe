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
    # BEGIN SOLUTION
    if not 0 < t <= 1:
        raise ValueError(f"t is {t}; it runs from 0 (data) to 1 (noise), without 0")
    rise = math.exp(sigma_max) - math.exp(sigma_min)
    sigma = math.log(math.exp(sigma_min) + t * rise)
    return sigma, 2 * sigma * rise * math.exp(-sigma)
    # END SOLUTION


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
    # BEGIN SOLUTION
    sigma, _ = so3_schedule(t)
    signal, noise, _ = r3_schedule(t)
    x0, z = (one - one.mean(dim=0) for one in (x0, z))
    x_t = signal * x0 + noise / scale * z
    return R0 @ so3_exp(v), x_t, igso3_score(v, sigma), -z / noise
    # END SOLUTION


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
    # BEGIN SOLUTION
    _, g2 = so3_schedule(t)
    _, _, beta = r3_schedule(t)
    turn = so3_exp(g2 * dt * rot_score + math.sqrt(g2 * dt) * w)
    moved = x * scale
    moved = moved + beta * dt * (moved / 2 + trans_score) + math.sqrt(beta * dt) * z
    return R @ turn, (moved - moved.mean(dim=0)) / scale
    # END SOLUTION


def se3_sample(
    scores: Scores,
    R: Float[Tensor, "n 3 3"],
    x: Float[Tensor, "n 3"],
    w: Float[Tensor, "N n 3"],
    z: Float[Tensor, "N n 3"],
    t_min: float = 0.01,
) -> tuple[Float[Tensor, "n 3 3"], Float[Tensor, "n 3"]]:
    """Go from t = 1 to t_min in N equal steps; without steps, return what came. No gradients."""
    # BEGIN SOLUTION
    with torch.no_grad():
        for k in range(len(w)):
            dt = (1 - t_min) / len(w)
            t = 1 - k * dt
            R, x = se3_step(R, x, *scores(R, x, t), t, dt, w[k], z[k])
    return R, x
    # END SOLUTION
