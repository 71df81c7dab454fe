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
    # BEGIN SOLUTION
    return torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(parameters, x, y)
    # END SOLUTION


def private_gradient(
    gradients: dict[str, Tensor],  #  of each sample, b first; b may be 0
    clip: float,  #                   the longest that one sample's whole gradient may be; inf: any
    noise_multiplier: float,  #       deviation of the noise on the sum, over `clip`; 0: none
    noises: dict[str, Tensor],  #     standard normal, one tensor for each parameter
    expected_batch: float,  #         how many samples a batch has on average
) -> dict[str, Tensor]:
    """Return the noisy mean of clipped gradients (DP-SGD, Abadi et al. 2016)."""
    # BEGIN SOLUTION
    squares = [one.unsqueeze(-1).flatten(1).square().sum(dim=1) for one in gradients.values()]
    factor = (clip / torch.stack(squares).sum(dim=0).sqrt()).clamp(max=1)  # b

    found = {}
    for name, one in gradients.items():
        total = torch.einsum("b,b...->...", factor, one)
        if noise_multiplier > 0:
            total = total + noise_multiplier * clip * noises[name]
        found[name] = total / expected_batch
    return found
    # END SOLUTION
