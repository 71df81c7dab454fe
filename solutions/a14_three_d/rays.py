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
    # BEGIN SOLUTION
    rows, columns = (torch.arange(size).to(pose) + 0.5 for size in (height, width))
    y, x = torch.meshgrid(height / 2 - rows, columns - width / 2, indexing="ij")  # h w
    camera = torch.stack([x / focal, y / focal, -torch.ones_like(x)], dim=-1)  # h w 3
    d = F.normalize(camera, dim=-1) @ pose[:3, :3].mT
    return pose[:3, 3].expand_as(d), d
    # END SOLUTION
