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
    # BEGIN SOLUTION
    B, C, H, W = x.shape
    if H % size or W % size:
        raise ValueError(f"{H} × {W} pixels cannot be cut into patches of {size} × {size}")
    patches = x.reshape(B, C, H // size, size, W // size, size)  # b c h p1 w p2
    return patches.permute(0, 1, 3, 5, 2, 4).reshape(B, C * size**2, H // size, W // size)
    # END SOLUTION


def rearrange_unpool(x: Float[Tensor, "b c h w"], size: int = 2) -> Float[Tensor, "b c_out h_out w_out"]:
    """Undo `rearrange_pool`. Raises ValueError when the channels are not a multiple of size²."""
    # BEGIN SOLUTION
    B, C, H, W = x.shape
    if C % size**2:
        raise ValueError(f"{C} channels do not make patches of {size} × {size}")
    patches = x.reshape(B, C // size**2, size, size, H, W)  # b c p1 p2 h w
    return patches.permute(0, 1, 4, 2, 5, 3).reshape(B, C // size**2, H * size, W * size)
    # END SOLUTION


class RearrangePoolBlock(nn.Module):
    """Halve the sides with rearrange_pool, and let a convolution choose what the channels should be.

    Parts: `conv`, 3 × 3 from 4 in_channels to out_channels, sides kept; `norm`, a GroupNorm of `groups`
    groups. Order: rearrange_pool, conv, norm, GELU (exact).
    """

    def __init__(self, in_channels: int, out_channels: int, groups: int = 1) -> None:
        super().__init__()
        # BEGIN SOLUTION
        self.conv = nn.Conv2d(4 * in_channels, out_channels, 3, padding=1)
        self.norm = nn.GroupNorm(groups, out_channels)
        # END SOLUTION

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c_out h_out w_out"]:
        """Return the smaller image. Raises ValueError when a side is odd."""
        # BEGIN SOLUTION
        return F.gelu(self.norm(self.conv(rearrange_pool(x))))
        # END SOLUTION
