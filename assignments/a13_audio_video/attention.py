"""Attention in video, one axis at a time: among the places of a frame, then among the frames of a place.

Tokens are (b, f, n, d): f frames of n places.
"""

from collections.abc import Callable

import torch
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor

Attend = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]  # q, k, v (batch, n, d) and a mask (n, n)


# -------------------- 4.1 factorised_attention
def space_attention(x: Float[Tensor, "b f n d"], attend: Attend) -> Float[Tensor, "b f n d"]:
    """Let the tokens of each frame look at each other: attend(q, k, v, mask) with q = k = v and no mask."""
    raise NotImplementedError("TODO factorised_attention: read task 4.1 in README.md")


def time_attention(
    x: Float[Tensor, "b f n d"],
    attend: Attend,
    mask: Bool[Tensor, "f f"] | None = None,  # True = may look
) -> Float[Tensor, "b f n d"]:
    """Let the tokens of each place look at each other, frame by frame, as far as the mask allows."""
    raise NotImplementedError("TODO factorised_attention: read task 4.1 in README.md")


def joint_mask(frames: int, images: int) -> Bool[Tensor, "F F"]:
    """Return who may look at whom when images are appended to a clip: frames at frames, images at themselves.

    F = frames + images (Ho et al. 2022, Video Diffusion Models).
    """
    raise NotImplementedError("TODO factorised_attention: read task 4.1 in README.md")
