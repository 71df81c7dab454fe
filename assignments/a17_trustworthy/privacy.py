"""A gradient that no single person can move far: clip each one's, add up, add noise once."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Parameters = dict[str, Tensor]
Loss = Callable[[Parameters, Tensor, Tensor], Tensor]  # loss(parameters, x_i, y_i): of one sample, a scalar


def per_sample_gradients(
    loss: Loss,
    parameters: Parameters,
    x: Float[Tensor, "b *in"],
    y: Float[Tensor, "b *out"],
) -> dict[str, Tensor]:
    """Return each sample's gradient: for each parameter a tensor with an axis of b in front."""
    raise NotImplementedError("TODO private_gradient: read task 3.1 in README.md")


def private_gradient(
    gradients: dict[str, Tensor],  #  of each sample, b first; b may be 0
    clip: float,  #                   the longest that one sample's whole gradient may be; inf: any
    noise_multiplier: float,  #       deviation of the noise on the sum, over `clip`; 0: none
    noises: dict[str, Tensor],  #     standard normal, one tensor for each parameter
    expected_batch: float,  #         how many samples a batch has on average
) -> dict[str, Tensor]:
    """Return the noisy mean of clipped gradients (DP-SGD, Abadi et al. 2016)."""
    raise NotImplementedError("TODO private_gradient: read task 3.1 in README.md")
