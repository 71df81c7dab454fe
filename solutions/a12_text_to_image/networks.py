"""Given: the networks of the lab's dVAE. Checks do not need them; the lab and its judge do."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

CODES = 64  # that the dVAE may use
GRID = 4  #   rows and columns of codes


class Residual(nn.Module):
    """Adds what two convolutions make of it; the first sees the neighbours."""

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
        nn.Conv2d(1, channels, 2, stride=2), Residual(channels), nn.ReLU(), nn.Conv2d(channels, CODES, 1)
    )


class DigitDecoder(nn.Module):
    """From codes, one-hot or relaxed, (b, 64, 4, 4), to the law of each pixel: mu and log_b, (b, 1, 8, 8)."""

    def __init__(self, channels: int = 48) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(CODES, channels, 1, bias=False), Residual(channels), nn.ReLU()),
            *(nn.Conv2d(channels, 8, 1), nn.PixelShuffle(2)),
        )

    def forward(self, codes: Float[Tensor, "b k h w"]) -> tuple[Tensor, Tensor]:
        """Return location and logarithm of the scale; that is kept between -3 and 2."""
        mu, log_b = self.layers(codes).chunk(2, dim=1)
        return mu, log_b.clamp(-3, 2)


def one_hot_grid(codes: torch.Tensor) -> Float[Tensor, "b 64 4 4"]:
    """Return rows of 16 codes, in raster order, as one-hot grids."""
    return nn.functional.one_hot(codes, CODES).float().reshape(-1, GRID, GRID, CODES).permute(0, 3, 1, 2)
