"""The U-Net: down to see the whole, up to say where, and at each level a bridge between the two."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Real
from torch import Tensor, nn

from .blocks import Down, ResBlock, SelfAttention2d, Up
from .embedding import sinusoidal_embedding


class UNet(nn.Module):
    """Predict an image from an image, a time and, if there is one, a context.

    Ronneberger et al. 2015 in the form of Ho et al. 2020. Level i works with widths[i] channels, at sides
    about 2^i times shorter. What its `down_blocks[i]` gives, its `up_blocks[i]` gets beside what comes from
    below; `downs[i]` leads from level i to level i + 1, and `ups[i]` back.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        widths: tuple[int, ...] = (32, 64, 128),
        emb_dim: int = 128,  #  of time and context
        classes: int = 0,  #    labels that `context` may consist of; 0: none
        heads: int = 1,  #      of the attention at the lowest level
        groups: int = 8,  #     of all group norms
    ) -> None:
        super().__init__()
        self.emb_dim = emb_dim
        self.time = nn.Sequential(nn.Linear(emb_dim, emb_dim), nn.SiLU(), nn.Linear(emb_dim, emb_dim))
        self.labels = nn.Embedding(classes, emb_dim) if classes else None
        self.first = nn.Conv2d(in_channels, widths[0], 3, padding=1)
        above = (widths[0], *widths[:-1])  # what reaches each level on the way down
        self.down_blocks = nn.ModuleList(
            ResBlock(before, width, emb_dim, groups) for before, width in zip(above, widths, strict=True)
        )
        self.downs = nn.ModuleList(Down(width) for width in widths[:-1])
        self.middle = ResBlock(widths[-1], widths[-1], emb_dim, groups)
        self.attention = SelfAttention2d(widths[-1], heads, groups)
        # BEGIN SOLUTION
        self.up_blocks = nn.ModuleList(
            ResBlock(2 * widths[i], above[i], emb_dim, groups) for i in range(len(widths))
        )
        self.ups = nn.ModuleList(Up(width) for width in widths[:-1])
        # END SOLUTION
        self.norm = nn.GroupNorm(groups, widths[0])
        self.last = nn.Conv2d(widths[0], out_channels, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def embed(
        self, t: Real[Tensor, " b"], context: Int[Tensor, " b"] | Float[Tensor, "b emb_dim"] | None
    ) -> Float[Tensor, "b emb_dim"]:
        """Return `time` of the sinusoidal embedding of t, plus the context: vectors, or labels looked up."""
        # BEGIN SOLUTION
        waves = sinusoidal_embedding(t, self.emb_dim)  # b emb_dim
        emb = self.time(waves.to(self.first.weight.dtype))
        if context is None:
            return emb
        return emb + (context if context.is_floating_point() else self.labels(context))
        # END SOLUTION

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        t: Real[Tensor, " b"] | None = None,  # None: 0 for every image
        context: Int[Tensor, " b"] | Float[Tensor, "b emb_dim"] | None = None,
    ) -> Float[Tensor, "b c_out h w"]:
        """Return the prediction, in the size of x, whatever size that is."""
        emb = self.embed(x.new_zeros(len(x)) if t is None else t, context)
        # BEGIN SOLUTION
        # Down: keep what each level saw.
        h, skips = self.first(x), []
        for i, block in enumerate(self.down_blocks):
            if i > 0:
                h = self.downs[i - 1](h)
            h = block(h, emb)
            skips.append(h)
        # At the lowest level, look at the whole.
        h = self.attention(self.middle(h, emb))
        # Up: each level gets what it saw on the way down, behind what comes from below.
        for i, skip in reversed(list(enumerate(skips))):
            h = self.up_blocks[i](torch.cat([h, skip], dim=1), emb)
            if i > 0:
                h = self.ups[i - 1](h, skips[i - 1].shape[2:])
        return self.last(F.silu(self.norm(h)))
        # END SOLUTION
