"""From noise to data: one step of the reverse SDE, of the probability flow, or of anything in between.

`sde` is any object with drift_rate(t), diffusion(t), marginal(t) and prior_std(), such as those of sde.py.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def reverse_step(
    sde: Any,
    x: Float[Tensor, "b *dims"],
    score: Float[Tensor, "b *dims"],  # at x and t
    t: Float[Tensor, ""],
    dt: float,  # how far back: the step goes from t to t - dt
    noise: Float[Tensor, "b *dims"],
    eta: float = 1.0,  # 1 is the reverse SDE, 0 the probability flow
) -> Float[Tensor, "b *dims"]:
    """Return x after one Euler-Maruyama step from t down to t - dt (Song et al. 2021).

    Returned in x's dtype. Raises ValueError when dt is negative.
    """
    raise NotImplementedError("TODO reverse_step: read task 4.1 in README.md")


def pc_sample(
    sde: Any,
    score: Callable[[Tensor, Tensor], Tensor],  # called with x and t (), float64
    x: Float[Tensor, "b *dims"],
    times: Float[Tensor, " n"],  # falling, N + 1 of them
    noises: Float[Tensor, "N b *dims"],
    corrector_noises: Float[Tensor, "N K b *dims"],
    snr: float = 0.16,
) -> Float[Tensor, "b *dims"]:
    """Return x after N steps of the reverse SDE, each but the last followed by K Langevin corrections.

    A correction is x + e g + sqrt(2 e) z with the score g at the time reached and e = 2 (snr |z| / |g|)^2,
    where |.| are norms over coordinates, averaged over the batch (Song et al. 2021, predictor-corrector). The
    last step adds no noise. No gradient is recorded. Returned in x's dtype.
    """

    raise NotImplementedError("TODO pc_sample: read task 4.2 in README.md")
