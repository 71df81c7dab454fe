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
        raise NotImplementedError("TODO generate: read task 3.3 in README.md")


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
    raise NotImplementedError("TODO generate: read task 3.3 in README.md")
