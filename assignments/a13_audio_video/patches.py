"""Space-time patches: a video as a sequence of tokens, and back (Sora; Brooks et al. 2024)."""

import torch
from einops import rearrange
from jaxtyping import Float, Int
from torch import Tensor

Patch = tuple[int, int, int]  # frames, rows, columns


# -------------------- 6.1 space_time_patches
def patchify(x: Float[Tensor, "b c f h w"], patch: Patch) -> Float[Tensor, "b n d"]:
    """Return a token for each patch: frame by frame, row by row, column by column.

    Inside a token: time, row, column, and the channel last. Raises ValueError unless patches fill the video.
    """
    raise NotImplementedError("TODO space_time_patches: read task 6.1 in README.md")


def unpatchify(
    tokens: Float[Tensor, "b n d"],
    size: tuple[int, int, int, int],  # channels, frames, rows, columns
    patch: Patch,
) -> Float[Tensor, "b c f h w"]:
    """Undo `patchify`; raises ValueError as it does."""
    raise NotImplementedError("TODO space_time_patches: read task 6.1 in README.md")


def positions(f: int, h: int, w: int) -> Int[Tensor, "n 3"]:
    """Return frame, row and column of each token of a video of f * h * w patches, in patchify's order."""
    raise NotImplementedError("TODO space_time_patches: read task 6.1 in README.md")
