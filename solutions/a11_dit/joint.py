"""Two kinds of tokens, one attention: the block of Stable Diffusion 3 (MM-DiT; Esser et al. 2024)."""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .block import modulate


class Stream(nn.Module):
    """The weights of one kind of tokens, named and ordered as in DiTBlock; the last of texts has fewer."""

    def __init__(self, d: int, heads: int, last: bool = False) -> None:
        super().__init__()
        self.adaLN = nn.Linear(d, 2 * d if last else 6 * d)
        self.qkv = nn.Linear(d, 3 * d)
        self.q_norm = nn.RMSNorm(d // heads, eps=1e-6)
        self.k_norm = nn.RMSNorm(d // heads, eps=1e-6)
        if not last:
            self.proj = nn.Linear(d, d)
            self.fc1 = nn.Linear(d, 4 * d)
            self.fc2 = nn.Linear(4 * d, d)


class JointBlock(nn.Module):
    """Two streams that meet in one attention; after the last block nobody asks for the text's."""

    def __init__(self, d: int, heads: int, last: bool = False) -> None:
        super().__init__()
        self.heads, self.last = heads, last
        self.x = Stream(d, heads)
        self.text = Stream(d, heads, last)

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        text: Float[Tensor, "b m d"],
        c: Float[Tensor, "b d"],
        text_mask: Bool[Tensor, "b m"] | None = None,  # True: a word; None: all are
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b m d"] | None]:
        """Return both streams, the text's as None when `last`. Nobody looks at what is no word."""
        # BEGIN SOLUTION
        sides, streams = (text, x), (self.text, self.x)
        rows = [
            stream.adaLN(F.silu(c)).chunk(len(stream.adaLN.bias) // x.shape[2], dim=1) for stream in streams
        ]

        # One attention over all tokens, the text's first.
        joined = []
        for tokens, stream, row in zip(sides, streams, rows, strict=True):
            y = modulate(F.layer_norm(tokens, tokens.shape[2:], eps=1e-6), row[0], row[1])
            layout = "b n (three heads c) -> three b heads n c"
            q, k, v = rearrange(stream.qkv(y), layout, three=3, heads=self.heads)
            joined.append((stream.q_norm(q), stream.k_norm(k), v))
        q, k, v = (torch.cat(pair, dim=2) for pair in zip(*joined, strict=True))  # b heads m+n c
        seen = None
        if text_mask is not None:
            seen = F.pad(text_mask, (0, x.shape[1]), value=True)[:, None, None]  # b 1 1 m+n
        out = rearrange(F.scaled_dot_product_attention(q, k, v, seen), "b heads n c -> b n (heads c)")

        # Each stream goes on by itself.
        done: list[Tensor | None] = []
        parts = out.split([text.shape[1], x.shape[1]], dim=1)
        for tokens, stream, row, part in zip(sides, streams, rows, parts, strict=True):
            if len(row) == 2:
                done.append(None)
                continue
            tokens = tokens + row[2][:, None] * stream.proj(part)
            y = modulate(F.layer_norm(tokens, tokens.shape[2:], eps=1e-6), row[3], row[4])
            done.append(tokens + row[5][:, None] * stream.fc2(F.gelu(stream.fc1(y), approximate="tanh")))
        return done[1], done[0]
        # END SOLUTION
