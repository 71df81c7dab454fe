"""Which levels a sampler visits: integer steps of a trained model, noise levels, and the way between them."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def timesteps(T: int, steps: int, spacing: str = "trailing") -> Int[Tensor, " steps"]:
    """Return `steps` of the steps 0..T-1, from noisy to clean. Int64.

    "leading" ends at step 0 and "trailing" begins at T - 1, both in equal strides rounded down; "linspace"
    does both, evenly, rounded to the nearest step. With one step, "leading" is step 0 and the others T - 1.
    Raises ValueError unless 1 <= steps <= T, and for another spacing.
    """
    raise NotImplementedError("TODO timesteps: read task 1.1 in README.md")


def karras_sigmas(
    n: int,
    sigma_min: float = 0.002,
    sigma_max: float = 80.0,
    rho: float = 7.0,  # 1 is linear; the larger, the more levels near sigma_min
) -> Float[Tensor, " n_plus_1"]:
    """Return n levels from sigma_max to sigma_min, even in sigma^(1/rho), and a final 0 (Karras et al. 2022).

    Float64. n = 1 gives sigma_max and 0. Raises ValueError when n < 1 or sigma_min <= 0.
    """
    raise NotImplementedError("TODO karras_sigmas: read task 1.2 in README.md")


def geometric_sigmas(n: int, sigma_min: float, sigma_max: float) -> Float[Tensor, " n_plus_1"]:
    """Return n levels from sigma_max to sigma_min in equal ratios, and a final 0.

    Float64. n = 1 gives sigma_max and 0. Raises ValueError when n < 1 or sigma_min <= 0.
    """
    raise NotImplementedError("TODO karras_sigmas: read task 1.2 in README.md")


def sigma_to_t(sigma: Float[Tensor, " b"], alpha_bar: Float[Tensor, " T"]) -> Float[Tensor, " b"]:
    """Return the fractional step at which the noise has the size `sigma` when the signal has size 1.

    Between two steps ln(sigma) is linear in t; beyond the ends the first or last step is returned. Float64,
    whatever sigma is. `alpha_bar` falls, strictly between 1 and 0, and has two values or more.
    """
    raise NotImplementedError("TODO sigma_to_t: read task 1.3 in README.md")
