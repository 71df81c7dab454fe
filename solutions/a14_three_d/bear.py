"""Given: what the numbers of the lab's grid mean, and where it lies."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

BOX = 1.1  #             the grid reaches from -BOX to BOX along each axis
SIZE = 48  #             its nodes along each axis
NEAR, FAR = 2.4, 5.6  #  of the cameras, which stand at a distance of 4


def shaded(
    values: Float[Tensor, "*b 4"],  # of the grid
    points: Float[Tensor, "*b 3"],  # where they were looked up
) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b 3"]]:
    """Return density, 0 outside of the box, and colour in [0, 1]."""
    inside = (points.abs() <= BOX).all(dim=-1)
    return 25 * F.softplus(values[..., 0] - 4) * inside, torch.sigmoid(values[..., 1:])
