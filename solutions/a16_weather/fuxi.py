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
    # BEGIN SOLUTION
    return F.conv3d(x, weight, bias, stride=weight.shape[2:]).squeeze(2)
    # END SOLUTION


def cube_recovery(
    y: Float[Tensor, "b d rows columns"],
    weight: Float[Tensor, "cpp d"],
    size: tuple[int, int],
    p: int = 4,
) -> Float[Tensor, "b c h w"]:
    """Map each place to c x p x p numbers, in this order, lay these out as pixels, and stretch to `size`.

    Bilinear, with values in the middles of pixels (align_corners=False).
    """
    # BEGIN SOLUTION
    numbers = torch.einsum("od,bdhw->bohw", weight, y)
    return F.interpolate(F.pixel_shuffle(numbers, p), size, mode="bilinear")
    # END SOLUTION
