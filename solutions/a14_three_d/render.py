"""Volume rendering: what light of each bin along a ray reaches the camera."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def ray_weights(
    sigma: Float[Tensor, "r n"],  # density in each bin, per unit length; may be infinite
    edges: Float[Tensor, "... n+1"],  # of the bins; the same for all rays, or a row for each
) -> Float[Tensor, "r n"]:
    """Return the share of a pixel's colour that comes from each bin.

    Mildenhall et al. 2020, Eq. 3: what arrives at the bin, times what the bin stops.
    """
    # BEGIN SOLUTION
    depth = sigma * edges.diff(dim=-1)  # r n
    before = F.pad(depth.cumsum(dim=1)[:, :-1], (1, 0))  # r n, without the bin itself
    return torch.exp(-before) * -torch.expm1(-depth)
    # END SOLUTION


def composite(
    weights: Float[Tensor, "r n"],
    colour: Float[Tensor, "r n 3"],
    t: Float[Tensor, "r n"],
    background: Float[Tensor, "3"] | None = None,  # None: black
) -> tuple[Float[Tensor, "r 3"], Float[Tensor, " r"], Float[Tensor, " r"]]:
    """Return colour, mean distance of what was hit, and opacity of each ray.

    A ray that hits nothing has the distance of its last sample.
    """
    # BEGIN SOLUTION
    opacity = weights.sum(dim=1)  # r
    rgb = (weights[..., None] * colour).sum(dim=1)  # r 3
    if background is not None:
        rgb = rgb + (1 - opacity)[:, None] * background
    hit = opacity > 0
    divisor = torch.where(hit, opacity, torch.ones_like(opacity))
    distance = torch.where(hit, (weights * t).sum(dim=1) / divisor, t[:, -1])
    return rgb, distance, opacity
    # END SOLUTION
