"""Preconditioning: scales around a network, so that what it sees and what it must say have variance 1.

`sigma` is the deviation of the noise in x = x0 + sigma noise, `sigma_data` that of the data, of mean 0.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .axes import per_sample, sum_per_sample


def edm_coefficients(
    sigma: Float[Tensor, "*b"], sigma_data: float = 0.5
) -> tuple[
    Float[Tensor, "*b"], Float[Tensor, "*b"], Float[Tensor, "*b"], Float[Tensor, "*b"], Float[Tensor, "*b"]
]:
    """Return c_skip, c_out, c_in, c_noise and the weight of the loss (Karras et al. 2022).

    The denoiser is D(x, sigma) = c_skip x + c_out F(c_in x, c_noise). Float64.
    """
    # BEGIN SOLUTION
    sigma = sigma.double()
    total = sigma**2 + sigma_data**2  # the variance of x
    c_skip, c_out, c_in = sigma_data**2 / total, sigma * sigma_data / total.sqrt(), 1 / total.sqrt()
    return c_skip, c_out, c_in, torch.log(sigma) / 4, total / (sigma * sigma_data) ** 2
    # END SOLUTION


def edm_loss(
    F: Callable[[Tensor, Tensor], Tensor],  # the network, called with c_in x and c_noise (b,), in x0's dtype
    x0: Float[Tensor, "b *dims"],
    sigma: Float[Tensor, " b"],
    noise: Float[Tensor, "b *dims"],
    sigma_data: float = 0.5,
) -> Float[Tensor, " b"]:
    """Return weight |D(x0 + sigma noise, sigma) - x0|^2, summed over coordinates (Karras et al. 2022).

    The network is called once. Returned in x0's dtype.
    """
    # BEGIN SOLUTION
    c_skip, c_out, c_in, c_noise, weight = (per_sample(c, x0) for c in edm_coefficients(sigma, sigma_data))
    x = x0 + per_sample(sigma, x0) * noise
    said = F((c_in * x).to(x0.dtype), c_noise.reshape(-1).to(x0.dtype))
    denoised = c_skip * x + c_out * said
    return sum_per_sample(weight * (denoised - x0).square()).to(x0.dtype)
    # END SOLUTION
