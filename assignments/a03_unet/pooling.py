"""Making images smaller without losing a number: positions become channels."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def rearrange_pool(x: Float[Tensor, "b c h w"], size: int = 2) -> Float[Tensor, "b c_out h_out w_out"]:
    """Turn each size × size patch into size² channels.

    The inverse of Shi et al. 2016, Eq. 4, but for the order of channels; in the words of einops:
    "b c (h p1) (w p2) -> b (c p1 p2) h w". Raises ValueError when a side is not a
    multiple of `size`.
    """
    raise NotImplementedError("TODO rearrange_pool: read task 3.1 in README.md")


def rearrange_unpool(x: Float[Tensor, "b c h w"], size: int = 2) -> Float[Tensor, "b c_out h_out w_out"]:
    """Undo `rearrange_pool`. Raises ValueError when the channels are not a multiple of size²."""
    raise NotImplementedError("TODO rearrange_pool: read task 3.1 in README.md")


class RearrangePoolBlock(nn.Module):
    """Halve the sides with rearrange_pool, and let a convolution choose what the channels should be.

    Parts: `conv`, 3 × 3 from 4 in_channels to out_channels, sides kept; `norm`, a GroupNorm of `groups`
    groups. Order: rearrange_pool, conv, norm, GELU (exact).
    """

    def __init__(self, in_channels: int, out_channels: int, groups: int = 1) -> None:
        super().__init__()
        raise NotImplementedError("TODO rearrange_pool: read task 3.1 in README.md")

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c_out h_out w_out"]:
        """Return the smaller image. Raises ValueError when a side is odd."""
        raise NotImplementedError("TODO rearrange_pool: read task 3.1 in README.md")
