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
    raise NotImplementedError("TODO edm: read task 7.1 in README.md")


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
    raise NotImplementedError("TODO edm: read task 7.1 in README.md")
