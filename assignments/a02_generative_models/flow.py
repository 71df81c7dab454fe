"""Maps that can be undone, and how they change volumes: a density of images by a change of variables.

`forward` goes from image to noise, `inverse` back. Each returns its result and the log-determinant of its own
direction, one number for each image.
"""

import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

Net = Callable[[Tensor], tuple[Tensor, Tensor]]  # (b, ...) -> log-scale s and shift t, both of that shape


def checkerboard_mask(h: int, w: int) -> Float[Tensor, "1 h w"]:
    """Return float32 ones where row + column is even, zeros elsewhere (Dinh et al. 2017)."""
    raise NotImplementedError("TODO coupling: read task 3.1 in README.md")


def coupling_forward(
    x: Float[Tensor, "b *dims"], mask: Float[Tensor, "*#dims"], net: Net
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Keep x where the mask is 1, and make it x exp(s) + t elsewhere, with s, t = net(mask * x).

    Dinh et al. 2017. The net is called once.
    """
    raise NotImplementedError("TODO coupling: read task 3.1 in README.md")


def coupling_inverse(
    y: Float[Tensor, "b *dims"], mask: Float[Tensor, "*#dims"], net: Net
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Undo `coupling_forward`. The net is called once."""
    raise NotImplementedError("TODO coupling: read task 3.1 in README.md")


class Flow(nn.Module):
    """Layers one after the other, and the density that they give images when noise is N(0, I)."""

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Float[Tensor, "b *dims"]) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
        """Return the noise z, and the log-determinant of all layers together; without layers, x and zeros."""
        raise NotImplementedError("TODO Flow: read task 3.4 in README.md")

    def inverse(self, z: Float[Tensor, "b *dims"]) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
        """Return the image, and the log-determinant of the way back."""
        raise NotImplementedError("TODO Flow: read task 3.4 in README.md")

    def log_prob(self, x: Float[Tensor, "b *dims"]) -> Float[Tensor, " b"]:
        """Return the log-density of each image, in nats."""
        raise NotImplementedError("TODO Flow: read task 3.4 in README.md")
