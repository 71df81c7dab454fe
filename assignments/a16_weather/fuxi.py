"""FuXi's first and last layer: two states become cubes, and cubes become a state (Chen et al. 2023)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def cube_embedding(
    x: Float[Tensor, "b c t h w"],
    weight: Float[Tensor, "d c t p p"],
    bias: Float[Tensor, " d"],
) -> Float[Tensor, "b d rows columns"]:
    """Map each cube of t frames and p x p pixels to d numbers; what fills no cube is dropped."""
    raise NotImplementedError("TODO cube_embedding: read task 5.1 in README.md")


def cube_recovery(
    y: Float[Tensor, "b d rows columns"],
    weight: Float[Tensor, "cpp d"],
    size: tuple[int, int],
    p: int = 4,
) -> Float[Tensor, "b c h w"]:
    """Map each place to c x p x p numbers, in this order, lay these out as pixels, and stretch to `size`.

    Bilinear, with values in the middles of pixels (align_corners=False).
    """
    raise NotImplementedError("TODO cube_embedding: read task 5.1 in README.md")
