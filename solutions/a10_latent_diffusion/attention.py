"""Cross-attention: how a prompt of words reaches an image of positions (Rombach et al. 2022, Sec. 3.3).

A mask, (b, m), is True where a key may be looked at, and False where it is padding.
"""

import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn


def attention(
    q: Float[Tensor, "b n c"],
    k: Float[Tensor, "b m c"],
    v: Float[Tensor, "b m c"],
    heads: int,
    mask: Bool[Tensor, "b m"] | None = None,
) -> Float[Tensor, "b n c"]:
    """Let each query take the mean of the values, weighted by softmax over keys (Vaswani et al. 2017, Eq. 1).

    Head 0 works on the first c / heads channels, head 1 on the next, and so on; each divides its products by
    the square root of its own number of channels. At least one key of each sample may be looked at.
    """
    # BEGIN SOLUTION
    q, k, v = (rearrange(x, "b n (heads d) -> b heads n d", heads=heads) for x in (q, k, v))
    allowed = None if mask is None else mask[:, None, None, :]  # (b, 1, 1, m)
    out = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)  # (b, heads, n, d)
    return rearrange(out, "b heads n d -> b n (heads d)")
    # END SOLUTION


class CrossAttention(nn.Module):
    """Queries from `x`, keys and values from `context`; without a context, attention of `x` to itself."""

    def __init__(self, dim: int, context_dim: int | None = None, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k = nn.Linear(context_dim or dim, dim, bias=False)
        self.to_v = nn.Linear(context_dim or dim, dim, bias=False)
        self.to_out = nn.Linear(dim, dim)

    def forward(
        self,
        x: Float[Tensor, "b n dim"],
        context: Float[Tensor, "b m context_dim"] | None = None,
        mask: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b n dim"]:
        """Return what the positions of `x` learn from the context; nothing is added to `x` here."""
        # BEGIN SOLUTION
        context = x if context is None else context
        k, v = self.to_k(context), self.to_v(context)
        return self.to_out(attention(self.to_q(x), k, v, self.heads, mask))
        # END SOLUTION


class TransformerBlock(nn.Module):
    """Attention to itself, attention to a context, and a small network, each with its own norm."""

    def __init__(self, dim: int, context_dim: int, heads: int = 4) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.to_itself = CrossAttention(dim, heads=heads)
        self.to_context = CrossAttention(dim, context_dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(
        self,
        x: Float[Tensor, "b n dim"],
        context: Float[Tensor, "b m context_dim"],
        mask: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b n dim"]:
        """Add what the three parts give, one after another, each from the normed sum so far."""
        # BEGIN SOLUTION
        x = x + self.to_itself(self.norm1(x))
        x = x + self.to_context(self.norm2(x), context, mask)
        return x + self.mlp(self.norm3(x))
        # END SOLUTION


class SpatialTransformer(nn.Module):
    """A transformer block on the positions of a feature map; at first it changes nothing."""

    def __init__(self, c: int, context_dim: int, dim: int = 64, heads: int = 4, groups: int = 8) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, c, eps=1e-6)
        self.proj_in = nn.Conv2d(c, dim, 1)
        self.block = TransformerBlock(dim, context_dim, heads)
        self.proj_out = nn.Conv2d(dim, c, 1)
        nn.init.zeros_(self.proj_out.weight)
        nn.init.zeros_(self.proj_out.bias)  # type: ignore[arg-type]  # Conv2d has one

    def forward(
        self,
        x: Float[Tensor, "b c h w"],
        context: Float[Tensor, "b m context_dim"],
        mask: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b c h w"]:
        """Return `x` plus what the block makes of its normed positions, row by row."""
        # BEGIN SOLUTION
        tokens = rearrange(self.proj_in(self.norm(x)), "b c h w -> b (h w) c")
        tokens = self.block(tokens, context, mask)
        return x + self.proj_out(rearrange(tokens, "b (h w) c -> b c h w", h=x.shape[2]))
        # END SOLUTION
