"""The parts of a U-Net. Their names are given, so that anybody's weights fit into anybody's block."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ResBlock(nn.Module):
    """What a U-Net is mostly made of: two convolutions beside a skip, told the time (Ho et al. 2020, App. B).

    Parts: `norm1` (GroupNorm on in_channels), `conv1` (3 × 3 from in_channels to out_channels), `emb`
    (Linear from emb_dim to out_channels), `norm2` (GroupNorm on out_channels), `conv2` (3 × 3, starts at
    zero), `skip` (1 × 1 convolution, or nn.Identity where in_channels = out_channels). Convolutions keep the
    sides; both norms have `groups` groups.
    """

    def __init__(self, in_channels: int, out_channels: int, emb_dim: int, groups: int = 8) -> None:
        super().__init__()
        raise NotImplementedError("TODO ResBlock: read task 4.2 in README.md")

    def forward(
        self, x: Float[Tensor, "b c h w"], emb: Float[Tensor, "b emb_dim"]
    ) -> Float[Tensor, "b c_out h w"]:
        """Return the skip plus norm, SiLU, conv, shift by the embedding, norm, SiLU, conv."""
        raise NotImplementedError("TODO ResBlock: read task 4.2 in README.md")


def attention(
    q: Float[Tensor, "b heads n d"],
    k: Float[Tensor, "b heads m d"],
    v: Float[Tensor, "b heads m e"],
    chunk: int = 128,  # queries whose weights exist at the same time
) -> Float[Tensor, "b heads n e"]:
    """Average the values by softmax(q k^T / sqrt(d)) (Vaswani et al. 2017, Eq. 1), `chunk` queries at a time.

    Without gradients the weights take the memory of chunk × m numbers for each head, not n × m; the result is
    the same.
    """
    raise NotImplementedError("TODO SelfAttention2d: read task 4.3 in README.md")


class SelfAttention2d(nn.Module):
    """Let each position look at all others (Ho et al. 2020, App. B), beside a skip.

    Parts: `norm` (GroupNorm of `groups` groups), `qkv` (1 × 1 convolution to 3 channels, which are all
    queries, then all keys, then all values; each cut into `heads` equal runs), `proj` (1 × 1 convolution,
    starts at zero). Raises ValueError when the channels cannot be shared out to the heads.
    """

    def __init__(self, channels: int, heads: int = 1, groups: int = 8) -> None:
        super().__init__()
        raise NotImplementedError("TODO SelfAttention2d: read task 4.3 in README.md")

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return x plus what the positions tell each other."""
        raise NotImplementedError("TODO SelfAttention2d: read task 4.3 in README.md")


class Down(nn.Module):
    """Halve the sides, rounded up, by `conv`: 3 × 3, stride 2, padding 1, channels kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        raise NotImplementedError("TODO resampling: read task 4.4 in README.md")

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h_out w_out"]:
        """Return the smaller image."""
        raise NotImplementedError("TODO resampling: read task 4.4 in README.md")


class Up(nn.Module):
    """Repeat pixels until the image has the size that is asked for, then `conv`: 3 × 3, channels kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        raise NotImplementedError("TODO resampling: read task 4.4 in README.md")

    def forward(self, x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c h_out w_out"]:
        """Return the larger image; each side is twice as long, or one less than that where it must be odd."""
        raise NotImplementedError("TODO resampling: read task 4.4 in README.md")
