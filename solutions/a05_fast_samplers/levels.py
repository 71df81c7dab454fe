"""Given: noise schedules, the level of a step in the two notations that samplers use, and what a model means.

A level is one number, the same for all images of a batch: `a` is the signal variance alpha_bar, so that
x = sqrt(a) x0 + sqrt(1 - a) eps. In the other notation x = alpha x0 + sigma eps with any alpha and sigma.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Level:
    """A noise level: x = alpha x0 + sigma eps. Level(1, 0) is clean, Level(0, 1) pure noise."""

    alpha: float
    sigma: float

    @property
    def half_log_snr(self) -> float:
        """Return ln(alpha / sigma), the lambda of DPM-Solver: inf when clean, -inf for pure noise."""
        if self.sigma == 0:
            return math.inf
        return math.log(self.alpha / self.sigma) if self.alpha > 0 else -math.inf


def levels_of(alpha_bar: Float[Tensor, " T"], timesteps: Int[Tensor, " steps"]) -> list[Level]:
    """Return the levels that a sampler visits, one for each step, and the clean one behind them."""
    visited = [Level(math.sqrt(a), math.sqrt(1 - a)) for a in alpha_bar[timesteps].tolist()]
    return [*visited, Level(1.0, 0.0)]


def x0_and_eps(
    prediction: Float[Tensor, "b *dims"],
    x: Float[Tensor, "b *dims"],
    a: float,
    form: str = "eps",  # what the prediction is: "eps", "x0" or "v"
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *dims"]]:
    """Return image and noise that a prediction means at level `a`: x is sqrt(a) x0 + sqrt(1 - a) eps.

    "eps" cannot be had at a = 0 and "x0" not at a = 1; "v" works at both. ValueError for another form.
    """
    signal, noise = math.sqrt(a), math.sqrt(1 - a)
    if form == "eps":
        return (x - noise * prediction) / signal, prediction
    if form == "x0":
        return prediction, (x - signal * prediction) / noise
    if form == "v":
        return signal * x - noise * prediction, noise * x + signal * prediction
    raise ValueError(f"the form is 'eps', 'x0' or 'v', but it is {form!r}")


def linear_alpha_bar(T: int) -> Float[Tensor, " T"]:
    """Return alpha_bar of betas from 1e-4 to 0.02, evenly spaced (Ho et al. 2020). Float64."""
    alphas = torch.linspace(1 - 1e-4, 1 - 0.02, T, dtype=torch.float64)
    return alphas.log().cumsum(0).exp()


def cosine_alpha_bar(T: int) -> Float[Tensor, " T"]:
    """Return alpha_bar of the cosine schedule, no beta above 0.999 (Nichol and Dhariwal 2021). Float64."""
    quarter = (torch.linspace(0, 1, T + 1, dtype=torch.float64) + 0.008) * (math.pi / 2 / 1.008)
    kept = (quarter[1:].cos() / quarter[:-1].cos()).square()  # T: what each step keeps of the signal
    return kept.clamp(min=0.001).cumprod(0)
