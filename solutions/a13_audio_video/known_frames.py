"""Videos of which some frames are known: what the others must be, by the gradient of what is missed."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor


# -------------------- 5.2 reconstruction_guidance
def reconstruction_guidance(
    denoise: Callable[[Tensor], Tensor],  # noisy frames to an estimate of the clean ones
    z: Float[Tensor, "b f *d"],
    known: Float[Tensor, "b f *d"],  # counts where `mask` is True; may be NaN elsewhere
    mask: Bool[Tensor, " f"],
    alpha_bar: float,  # signal variance of z
    weight: float,
) -> Float[Tensor, "b f *d"]:
    """Return estimates of the frames, led to where the known ones are likely (Ho et al. 2022).

    Unknown frames: the estimate less weight * sqrt(alpha_bar) / 2 times the gradient by z of the squared
    error of the known ones, summed. Known frames: as they are. One call of denoise; nothing stays recorded.
    """
    # BEGIN SOLUTION
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        x0 = denoise(z)
        missed = (known - x0)[:, mask].square().sum()
        gradient = torch.zeros_like(z)
        if missed.requires_grad:
            (gradient,) = torch.autograd.grad(missed, z, materialize_grads=True)
    guided = x0.detach() - weight * math.sqrt(alpha_bar) / 2 * gradient
    return torch.where(mask.view(-1, *[1] * (z.ndim - 2)), known, guided)
    # END SOLUTION
