"""Given: the networks of the lab, a dVAE of digits and a transformer of their streams.

Checks do not need them.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .vocabulary import Vocabulary

GRID = 4  # rows and columns of codes
VOCABULARY = Vocabulary(text=13, length=3, image=64)
WIDTH, HEADS, LAYERS = 64, 4, 4  # of the transformer


# -------------------- the dVAE
class Residual(nn.Module):
    """Adds what two convolutions make of a map; the first sees the neighbours."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *(nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1)),
            *(nn.ReLU(), nn.Conv2d(channels, channels, 1)),
        )

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return the map and half of what the branch finds."""
        return x + 0.5 * self.branch(x)


def digit_encoder(channels: int = 48) -> nn.Module:
    """Return a network from digits (b, 1, 8, 8) to logits of codes (b, 64, 4, 4)."""
    return nn.Sequential(
        *(nn.Conv2d(1, channels, 2, stride=2), Residual(channels)),
        *(nn.ReLU(), nn.Conv2d(channels, VOCABULARY.image, 1)),
    )


class DigitDecoder(nn.Module):
    """From codes, one-hot or relaxed, (b, 64, 4, 4), to the law of each pixel: mu and log_b, (b, 1, 8, 8)."""

    def __init__(self, channels: int = 48) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(VOCABULARY.image, channels, 1, bias=False), Residual(channels)),
            *(nn.ReLU(), nn.Conv2d(channels, 8, 1), nn.PixelShuffle(2)),
        )

    def forward(self, codes: Float[Tensor, "b k 4 4"]) -> tuple[Tensor, Tensor]:
        """Return location and logarithm of the scale; that is kept between -3 and 2."""
        mu, log_b = self.layers(codes).chunk(2, dim=1)
        return mu, log_b.clamp(-3, 2)


def one_hot_grid(codes: Int[Tensor, "b 16"]) -> Float[Tensor, "b 64 4 4"]:
    """Return rows of 16 codes, in raster order, as one-hot grids."""
    hot = nn.functional.one_hot(codes, VOCABULARY.image).float()  # b 16 64
    return hot.mT.unflatten(2, (GRID, GRID))


# -------------------- the transformer
class Layer(nn.Module):
    """Attention and two layers for each token by itself, each added to what comes in."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.attention = attention
        self.each = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor, cache: Any, mask: Tensor) -> tuple[Tensor, Any]:
        """Return the tokens after this layer, and its cache."""
        seen, cache = self.attention(self.norms[0](x), cache, mask)
        x = x + seen
        return x + self.each(self.norms[1](x)), cache


class StreamModel(nn.Module):
    """A transformer of streams: `attention(width, heads)` makes each layer's, and each layer has its mask."""

    def __init__(self, attention: Callable[[int, int], nn.Module], masks: Bool[Tensor, "layers n n"]) -> None:
        super().__init__()
        self.ids = nn.Embedding(VOCABULARY.size + 1, WIDTH)  # the last row is that of BOS
        nn.init.normal_(self.ids.weight, std=0.02)
        self.places = nn.Parameter(0.02 * torch.randn(masks.shape[1], WIDTH))
        self.layers = nn.ModuleList(Layer(attention(WIDTH, HEADS)) for _ in range(LAYERS))
        self.last = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY.size))
        self.register_buffer("masks", masks)

    def forward(
        self, ids: Int[Tensor, "b m"], cache: tuple[int, list[Any]] | None = None
    ) -> tuple[Float[Tensor, "b m V"], tuple[int, list[Any]]]:
        """Return a row of logits for each id, and the cache: how many ids it has seen, and each layer's."""
        past, kept = cache or (0, [None] * LAYERS)
        now = past + ids.shape[1]
        x, after = self.ids(ids) + self.places[past:now], []
        for layer, mask, before in zip(self.layers, self.masks, kept, strict=True):
            x, new = layer(x, before, mask)
            after.append(new)
        return self.last(x), (now, after)
