"""Score distillation: a diffusion model of pictures says how a rendered picture should change."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor


def sds_steps(
    u: Float[Tensor, " b"],  # in [0, 1)
    T: int,
    low: float = 0.02,  #  shares of T between which steps lie
    high: float = 0.98,
) -> Int[Tensor, " b"]:
    """Return steps int(low T) .. min(int(high T), T - 1), both included, all equally likely."""
    # BEGIN SOLUTION
    first, last = int(low * T), min(int(high * T), T - 1)
    return first + (u * (last - first + 1)).long()
    # END SOLUTION


def sds_gradient(
    predict: Callable[[Tensor, Tensor], Tensor],  # (x_t, t) -> the noise in it
    x: Float[Tensor, "b *d"],  #   rendered pictures
    t: Int[Tensor, " b"],
    eps: Float[Tensor, "b *d"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *d"]:
    """Return (1 - alpha_bar) (predicted noise - eps), without a gradient through the model.

    Poole et al. 2023 (DreamFusion), its gradient of score distillation.
    """
    # BEGIN SOLUTION
    signal = alpha_bar[t][(..., *(None,) * (x.ndim - 1))]  # b 1 ...
    with torch.no_grad():
        x_t = (signal.sqrt() * x + (1 - signal).sqrt() * eps).to(x.dtype)
        return ((1 - signal) * (predict(x_t, t) - eps)).to(x.dtype)
    # END SOLUTION


def sds_loss(x: Float[Tensor, "b *d"], gradient: Float[Tensor, "b *d"]) -> Float[Tensor, ""]:
    """Return a number whose gradient in x is `gradient` / b; the number itself says nothing."""
    # BEGIN SOLUTION
    target = (x - gradient).detach()
    return (x - target).square().sum() / (2 * len(x))
    # END SOLUTION
