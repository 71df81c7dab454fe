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
    # BEGIN SOLUTION
    if not 1 <= steps <= T:
        raise ValueError(f"of {T} steps a sampler visits 1 to {T}, not {steps}")
    i = torch.arange(steps)
    if spacing == "leading":
        return (steps - 1 - i) * (T // steps)
    if spacing == "trailing":
        return T - 1 - i * T // steps
    if spacing == "linspace":
        return torch.linspace(T - 1, 0, steps, dtype=torch.float64).round().long()
    raise ValueError(f"the spacing is 'leading', 'trailing' or 'linspace', but it is {spacing!r}")
    # END SOLUTION


def karras_sigmas(
    n: int,
    sigma_min: float = 0.002,
    sigma_max: float = 80.0,
    rho: float = 7.0,  # 1 is linear; the larger, the more levels near sigma_min
) -> Float[Tensor, " n_plus_1"]:
    """Return n levels from sigma_max to sigma_min, even in sigma^(1/rho), and a final 0 (Karras et al. 2022).

    Float64. n = 1 gives sigma_max and 0. Raises ValueError when n < 1 or sigma_min <= 0.
    """
    # BEGIN SOLUTION
    if n < 1 or sigma_min <= 0:
        raise ValueError(f"n is 1 or more and sigma_min positive, but they are {n} and {sigma_min}")
    start, end = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    u = torch.linspace(0, 1, n, dtype=torch.float64)
    sigmas = (start + u * (end - start)) ** rho
    return torch.nn.functional.pad(sigmas, (0, 1))
    # END SOLUTION


def geometric_sigmas(n: int, sigma_min: float, sigma_max: float) -> Float[Tensor, " n_plus_1"]:
    """Return n levels from sigma_max to sigma_min in equal ratios, and a final 0.

    Float64. n = 1 gives sigma_max and 0. Raises ValueError when n < 1 or sigma_min <= 0.
    """
    # BEGIN SOLUTION
    if n < 1 or sigma_min <= 0:
        raise ValueError(f"n is 1 or more and sigma_min positive, but they are {n} and {sigma_min}")
    u = torch.linspace(0, 1, n, dtype=torch.float64)
    return torch.nn.functional.pad(sigma_max * (sigma_min / sigma_max) ** u, (0, 1))
    # END SOLUTION


def sigma_to_t(sigma: Float[Tensor, " b"], alpha_bar: Float[Tensor, " T"]) -> Float[Tensor, " b"]:
    """Return the fractional step at which the noise has the size `sigma` when the signal has size 1.

    Between two steps ln(sigma) is linear in t; beyond the ends the first or last step is returned. Float64,
    whatever sigma is. `alpha_bar` falls, strictly between 1 and 0, and has two values or more.
    """
    # BEGIN SOLUTION
    table = (torch.log1p(-alpha_bar) - torch.log(alpha_bar)) / 2  # T: ln(sigma) of each step, rising
    log_sigma = sigma.double().log()
    i = torch.searchsorted(table, log_sigma).clamp(1, len(table) - 1)  # b: between the steps i - 1 and i
    u = (log_sigma - table[i - 1]) / (table[i] - table[i - 1])
    return (i - 1 + u).clamp(0, len(table) - 1)
    # END SOLUTION
