"""From image models to video models without destroying what they know: kernels that get an axis more."""

from typing import Literal

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


# -------------------- 4.2 inflation
def inflate_conv2d(
    weight: Float[Tensor, "o i h w"], frames: int, mode: Literal["mean", "centre"]
) -> Float[Tensor, "o i t h w"]:
    """Return a kernel over so many frames: copies, divided by their number, or the kernel in the middle.

    "mean" is Carreira and Zisserman's (2017). Raises ValueError for "centre" with an even number of frames,
    and for another mode.
    """
    # BEGIN SOLUTION
    if mode == "mean":
        return weight[:, :, None].expand(-1, -1, frames, -1, -1) / frames
    if mode != "centre" or frames % 2 == 0:
        raise ValueError(f"{frames} frames have no kernel by {mode!r}")
    kernel = torch.zeros_like(weight)[:, :, None].repeat(1, 1, frames, 1, 1)
    kernel[:, :, frames // 2] = weight
    return kernel
    # END SOLUTION


class Pseudo3dConv(nn.Module):
    """A convolution in space, then one in time that does nothing at first (Singer et al. 2022)."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3) -> None:
        super().__init__()
        self.space = nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2)
        self.time = nn.Conv1d(channels_out, channels_out, kernel, padding=kernel // 2)
        nn.init.dirac_(self.time.weight)
        nn.init.zeros_(self.time.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return the result of both for videos (b, c, f, h, w), of the first for images (b, c, h, w)."""
        # BEGIN SOLUTION
        if x.ndim == 4:
            return self.space(x)
        b, h = len(x), x.shape[3]
        y = self.space(rearrange(x, "b c f h w -> (b f) c h w"))
        y = self.time(rearrange(y, "(b f) c h w -> (b h w) c f", b=b))
        return rearrange(y, "(b h w) c f -> b c f h w", b=b, h=h)
        # END SOLUTION
