"""Noise for videos: frames that share some of it (Ge et al. 2023, "Preserve Your Own Correlation")."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


# -------------------- 5.1 frame_noise
def mixed_noise(
    shared: Float[Tensor, "b 1 *d"], own: Float[Tensor, "b f *d"], alpha: float
) -> Float[Tensor, "b f *d"]:
    """Return (alpha shared + own) / sqrt(1 + alpha^2); alpha = inf leaves the shared noise alone."""
    raise NotImplementedError("TODO frame_noise: read task 5.1 in README.md")


def progressive_noise(own: Float[Tensor, "b f *d"], alpha: float) -> Float[Tensor, "b f *d"]:
    """Return (alpha noise of the frame before + own) / sqrt(1 + alpha^2) for each frame but the first.

    The first frame has its own noise; alpha = inf repeats it.
    """
    raise NotImplementedError("TODO frame_noise: read task 5.1 in README.md")
