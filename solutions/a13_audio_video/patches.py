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
    # BEGIN SOLUTION
    (f, h, w), (t, p, q) = x.shape[2:], patch
    if f % t or h % p or w % q:
        raise ValueError(f"patches of {patch} do not fill {tuple(x.shape[2:])}")
    return rearrange(x, "b c (f t) (h p) (w q) -> b (f h w) (t p q c)", t=t, p=p, q=q)
    # END SOLUTION


def unpatchify(
    tokens: Float[Tensor, "b n d"],
    size: tuple[int, int, int, int],  # channels, frames, rows, columns
    patch: Patch,
) -> Float[Tensor, "b c f h w"]:
    """Undo `patchify`; raises ValueError as it does."""
    # BEGIN SOLUTION
    (c, f, h, w), (t, p, q) = size, patch
    if f % t or h % p or w % q:
        raise ValueError(f"patches of {patch} do not fill {size}")
    rows, columns = h // p, w // q
    pattern = "b (f h w) (t p q c) -> b c (f t) (h p) (w q)"
    return rearrange(tokens, pattern, h=rows, w=columns, t=t, p=p, q=q, c=c)
    # END SOLUTION


def positions(f: int, h: int, w: int) -> Int[Tensor, "n 3"]:
    """Return frame, row and column of each token of a video of f * h * w patches, in patchify's order."""
    # BEGIN SOLUTION
    return torch.cartesian_prod(torch.arange(f), torch.arange(h), torch.arange(w))
    # END SOLUTION
