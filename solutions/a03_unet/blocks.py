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
        # BEGIN SOLUTION
        self.norm1 = nn.GroupNorm(groups, in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.emb = nn.Linear(emb_dim, out_channels)
        self.norm2 = nn.GroupNorm(groups, out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)
        # END SOLUTION

    def forward(
        self, x: Float[Tensor, "b c h w"], emb: Float[Tensor, "b emb_dim"]
    ) -> Float[Tensor, "b c_out h w"]:
        """Return the skip plus norm, SiLU, conv, shift by the embedding, norm, SiLU, conv."""
        # BEGIN SOLUTION
        h = self.conv1(F.silu(self.norm1(x)))  # b c_out h w
        h = h + self.emb(F.silu(emb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return self.skip(x) + h
        # END SOLUTION


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
    # BEGIN SOLUTION
    scale = q.shape[-1] ** -0.5
    parts = [torch.softmax(scale * part @ k.mT, dim=-1) @ v for part in q.split(chunk, dim=2)]
    return torch.cat(parts, dim=2)
    # END SOLUTION


class SelfAttention2d(nn.Module):
    """Let each position look at all others (Ho et al. 2020, App. B), beside a skip.

    Parts: `norm` (GroupNorm of `groups` groups), `qkv` (1 × 1 convolution to 3 channels, which are all
    queries, then all keys, then all values; each cut into `heads` equal runs), `proj` (1 × 1 convolution,
    starts at zero). Raises ValueError when the channels cannot be shared out to the heads.
    """

    def __init__(self, channels: int, heads: int = 1, groups: int = 8) -> None:
        super().__init__()
        # BEGIN SOLUTION
        if channels % heads:
            raise ValueError(f"{channels} channels cannot be shared out to {heads} heads")
        self.heads = heads
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.proj.weight)
        nn.init.zeros_(self.proj.bias)
        # END SOLUTION

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return x plus what the positions tell each other."""
        # BEGIN SOLUTION
        B, C, H, W = x.shape
        heads = self.qkv(self.norm(x)).reshape(B, 3, self.heads, C // self.heads, H * W)
        q, k, v = heads.mT.unbind(1)  # b heads h*w d
        mixed = attention(q, k, v).mT.reshape(B, C, H, W)
        return x + self.proj(mixed)
        # END SOLUTION


class Down(nn.Module):
    """Halve the sides, rounded up, by `conv`: 3 × 3, stride 2, padding 1, channels kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        # BEGIN SOLUTION
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        # END SOLUTION

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h_out w_out"]:
        """Return the smaller image."""
        # BEGIN SOLUTION
        return self.conv(x)
        # END SOLUTION


class Up(nn.Module):
    """Repeat pixels until the image has the size that is asked for, then `conv`: 3 × 3, channels kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        # BEGIN SOLUTION
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        # END SOLUTION

    def forward(self, x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c h_out w_out"]:
        """Return the larger image; each side is twice as long, or one less than that where it must be odd."""
        # BEGIN SOLUTION
        return self.conv(F.interpolate(x, size=size, mode="nearest"))
        # END SOLUTION
