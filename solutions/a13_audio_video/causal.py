"""Convolutions that do not look ahead, so that a video may come piece by piece, and an image is one frame."""

from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn


# -------------------- 6.3 causal_conv
class CausalConv3d(nn.Module):
    """A convolution over frames, rows and columns whose output knows no later frame."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        frames: int = 3,  # of the kernel
        size: int = 3,  #   rows and columns of the kernel
        stride: int = 1,  # in time
    ) -> None:
        super().__init__()
        around = (0, size // 2, size // 2)
        kernel = (frames, size, size)
        self.conv = nn.Conv3d(channels_in, channels_out, kernel, stride=(stride, 1, 1), padding=around)

    def forward(
        self, x: Float[Tensor, "b c f h w"], cache: Float[Tensor, "b c k h w"] | None = None
    ) -> tuple[Float[Tensor, "b o F h w"], Float[Tensor, "b c k h w"]]:
        """Return the result, and the cache for what comes next: the last frames - 1 of what was convolved.

        That is `x` with the cache in front, or without one with its first frame, frames - 1 times.
        """
        # BEGIN SOLUTION
        past = self.conv.kernel_size[0] - 1
        if cache is None:
            cache = x[:, :, :1].expand(-1, -1, past, -1, -1)
        padded = torch.cat([cache, x], dim=2)
        return self.conv(padded), padded[:, :, padded.shape[2] - past :]
        # END SOLUTION


def stream(conv: CausalConv3d, chunks: Iterable[Float[Tensor, "b c f h w"]]) -> Iterator[Tensor]:
    """Yield the result for each chunk as soon as it has come; together they are that of the whole video."""
    # BEGIN SOLUTION
    cache = None
    for chunk in chunks:
        y, cache = conv(chunk, cache)
        yield y
    # END SOLUTION
