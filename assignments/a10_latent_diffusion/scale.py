"""Between autoencoder and diffusion model: one number makes the latents as wide as the noise.

No gradient is recorded on the way from images to latents and back.
"""

from collections.abc import Iterable
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor


class Posterior(Protocol):
    """What an encoder answers: see DiagonalGaussian in autoencoder.py."""

    def sample(self, noise: Tensor) -> Tensor:
        """Return the latents that this noise becomes."""

    def mode(self) -> Tensor:
        """Return the most likely latents."""


class Codec(Protocol):
    """An autoencoder, as the functions below use it."""

    def encode(self, x: Tensor) -> Posterior:
        """Return the law of the latents."""

    def decode(self, z: Tensor) -> Tensor:
        """Return the images of latents."""


def scale_factor(batches: Iterable[Tensor]) -> float:
    """Return one over the standard deviation of all values of all batches (Rombach et al. 2022, App. G).

    The deviation is that about the overall mean, with the number of values below the fraction. Raises
    ValueError when all values are equal.
    """
    raise NotImplementedError("TODO latent_scale: read task 3.1 in README.md")


def encode_latents(
    autoencoder: Codec,
    x: Float[Tensor, "b *image"],
    scale: float,
    noise: Float[Tensor, "b *latent"] | None = None,  # None: the mode instead of a sample
) -> Float[Tensor, "b *latent"]:
    """Return the latents of images, scaled for the diffusion model."""
    raise NotImplementedError("TODO latent_scale: read task 3.1 in README.md")


def decode_latents(
    autoencoder: Codec, z: Float[Tensor, "b *latent"], scale: float
) -> Float[Tensor, "b *image"]:
    """Return the images of scaled latents."""
    raise NotImplementedError("TODO latent_scale: read task 3.1 in README.md")
