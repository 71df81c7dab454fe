"""A stream is continued token by token, and no token is worked out twice: keys and values are kept.

A model of streams is called as model(ids, cache) and returns the logits of its ids and a new cache.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .stream import split_logits
from .vocabulary import Vocabulary

Cache = tuple[Tensor, Tensor]  # keys and values of all tokens so far, each (b, heads, past, d / heads)


class CachedAttention(nn.Module):
    """Self-attention of m new tokens to `past` earlier ones and to each other."""

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d, 3 * d)  # queries of all heads, then keys, then values
        self.proj = nn.Linear(d, d)

    def forward(
        self,
        x: Float[Tensor, "b m d"],
        cache: Cache | None = None,  # what this returned for the tokens before; None: there are none
        mask: Bool[Tensor, "N N"] | None = None,  # True = may look; None: everything before, and itself
    ) -> tuple[Float[Tensor, "b m d"], Cache]:
        """Return what attention makes of the new tokens, and the cache with them; the old one stays.

        The new tokens have rows past .. past + m - 1 of the mask, which is for at least as many tokens.
        """
        # BEGIN SOLUTION
        parts = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)  # b heads m _
        if cache is not None:
            k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
        m, n = q.shape[2], k.shape[2]
        if mask is None:
            mask = torch.ones(n, n, dtype=torch.bool, device=x.device).tril()
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[n - m : n, :n])
        return self.proj(y.transpose(1, 2).flatten(2)), (k, v)
        # END SOLUTION


def generate(
    model: Callable[[Tensor, Any], tuple[Tensor, Any]],
    prefix: Int[Tensor, "b p"],  # begins with BOS, so it ends with position p - 2 of the stream
    uniforms: Float[Tensor, "b s"],  # in [0, 1): the draws
    vocab: Vocabulary,
) -> Int[Tensor, "b s"]:
    """Return the next s ids of each stream, drawn by inverting the cumulative probabilities.

    One call of the model for the prefix, and one with a single new id for each further token. No gradients
    are recorded.
    """
    # BEGIN SOLUTION
    drawn = torch.empty_like(uniforms, dtype=torch.long)
    ids, cache, position = prefix, None, prefix.shape[1] - 1
    with torch.no_grad():
        for i, u in enumerate(uniforms.T):  # b
            logits, cache = model(ids, cache)
            p = split_logits(logits[:, -1:], position + i, vocab).squeeze(1).double().softmax(dim=1)  # b V
            token = (p.cumsum(dim=1) <= u[:, None]).sum(dim=1)
            # Rounding may leave the whole sum below u: then it is the last id that is possible.
            last = (torch.arange(vocab.size, device=p.device) * (p > 0)).amax(dim=1)
            drawn[:, i] = token.minimum(last)
            ids = drawn[:, i : i + 1]
    return drawn
    # END SOLUTION
