"""The autoencoder of a latent diffusion model: images become small maps of a few channels, and back.

Its encoder answers with a law instead of a point, and a weak pull towards N(0, 1) keeps the latents in reach.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class DiagonalGaussian:
    """A normal law over latents, every component independent of the others (Kingma and Welling 2014)."""

    mean: Tensor
    log_var: Tensor

    def __init__(self, moments: Float[Tensor, "b two_c h w"]) -> None:
        """Take the encoder's output apart: channels of means first, then as many of log-variances.

        Log-variances are clipped to -30..20.
        """
        raise NotImplementedError("TODO diagonal_gaussian: read task 1.1 in README.md")

    def sample(self, noise: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Return the latents that standard normal `noise` becomes; gradients reach mean and variance."""
        raise NotImplementedError("TODO diagonal_gaussian: read task 1.1 in README.md")

    def mode(self) -> Float[Tensor, "b c h w"]:
        """Return the most likely latents."""
        raise NotImplementedError("TODO diagonal_gaussian: read task 1.1 in README.md")

    def kl(self) -> Float[Tensor, " b"]:
        """Return each image's divergence from N(0, 1), in nats, summed over its components."""
        raise NotImplementedError("TODO diagonal_gaussian: read task 1.1 in README.md")


class ResidualBlock(nn.Module):
    """Two convolutions around which the input passes; norm and activation come before each."""

    def __init__(self, c_in: int, c_out: int, groups: int = 8) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, c_in, eps=1e-6)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, c_out, eps=1e-6)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1)
        self.skip = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x: Float[Tensor, "b c_in h w"]) -> Float[Tensor, "b c_out h w"]:
        """Return what passes by (`skip`) plus what the two convolutions add. The activation is silu."""
        raise NotImplementedError("TODO blocks: read task 1.2 in README.md")


class Downsample(nn.Module):
    """Halves height and width with a convolution of stride 2."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, stride=2)  # it pads nothing by itself

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h_half w_half"]:
        """Pad one column of zeros on the right and one row at the bottom, and convolve."""
        raise NotImplementedError("TODO blocks: read task 1.2 in README.md")


class Upsample(nn.Module):
    """Doubles height and width by repetition, then convolves."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h_double w_double"]:
        """Make a 2 x 2 square of each value, and convolve."""
        raise NotImplementedError("TODO blocks: read task 1.2 in README.md")


class Autoencoder(nn.Module):
    """Given: encoder and decoder out of these blocks; each width but the first halves the size."""

    def __init__(self, channels: int = 3, widths: tuple[int, ...] = (32, 64), latent: int = 4) -> None:
        super().__init__()
        first, last = widths[0], widths[-1]
        down: list[nn.Module] = [nn.Conv2d(channels, first, 3, padding=1)]
        up: list[nn.Module] = [nn.Conv2d(latent, last, 3, padding=1)]
        for narrow, wide in pairwise(widths):
            down += [ResidualBlock(narrow, narrow), Downsample(narrow), ResidualBlock(narrow, wide)]
        for wide, narrow in pairwise(reversed(widths)):
            up += [ResidualBlock(wide, narrow), Upsample(narrow), ResidualBlock(narrow, narrow)]
        self.encoder = nn.Sequential(
            *down, nn.GroupNorm(8, last), nn.SiLU(), nn.Conv2d(last, 2 * latent, 3, padding=1)
        )
        self.decoder = nn.Sequential(
            *up, nn.GroupNorm(8, first), nn.SiLU(), nn.Conv2d(first, channels, 3, padding=1)
        )

    def encode(self, x: Float[Tensor, "b channels h w"]) -> DiagonalGaussian:
        """Return the law of the latents of each image."""
        return DiagonalGaussian(self.encoder(x))

    def decode(self, z: Float[Tensor, "b latent h_small w_small"]) -> Float[Tensor, "b channels h w"]:
        """Return the images of latents."""
        return self.decoder(z)

    @property
    def last_layer(self) -> nn.Parameter:
        """The weight that makes pixels: where the two losses of task 1.3 are compared."""
        return self.decoder[-1].weight
