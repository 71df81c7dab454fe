"""Given: from an image back to the noise that DDIM made it of."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Model = Callable[[Tensor, Tensor], Tensor]  # model(x, t) with t (b,) int64: the noise in x at step t


@torch.no_grad()
def recover_noise(
    x0: Float[Tensor, "b *dims"], model: Model, alpha_bar: Float[Tensor, " T"]
) -> Float[Tensor, "b *dims"]:
    """Climb all steps 0..T-1 from the image; the model is told the step that x climbs to (assignment 5)."""
    ratio = torch.cat(
        [alpha_bar.new_zeros(1), (1 / alpha_bar - 1).sqrt()]
    )  # noise over signal, 0 at the image
    y = x0  # x over its signal
    for t in range(len(alpha_bar)):
        before = (1 + ratio[t] ** 2).rsqrt().to(x0.dtype)
        noise = model(before * y, torch.full((len(x0),), t, device=x0.device))
        y = y + (ratio[t + 1] - ratio[t]).to(x0.dtype) * noise
    return alpha_bar[-1].sqrt().to(x0.dtype) * y
