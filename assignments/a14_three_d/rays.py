"""A camera's rays: where each pixel of a picture looks from, and in which direction."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def camera_rays(
    pose: Float[Tensor, "4 4"],  # from the camera's axes to the world's: x right, y up, it looks along -z
    focal: float,  #               in pixels
    height: int,
    width: int,
) -> tuple[Float[Tensor, "h w 3"], Float[Tensor, "h w 3"]]:
    """Return origins and directions of the rays through all pixel centres; directions have length 1.

    Mildenhall et al. 2020; the pixel in row j and column i has its centre at (i + .5, j + .5).
    """
    raise NotImplementedError("TODO camera_rays: read task 1.1 in README.md")
