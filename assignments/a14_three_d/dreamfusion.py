"""What DreamFusion puts around score distillation: light, two regularisers, and words for the view."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def lambert(
    albedo: Float[Tensor, "*b 3"],
    normal: Float[Tensor, "*b 3"],  # of length 1, away from the surface
    point: Float[Tensor, "*b 3"],
    light: Float[Tensor, "3"],  #     where the lamp is
    light_colour: Float[Tensor, "3"],
    ambient: Float[Tensor, "3"],
) -> Float[Tensor, "*b 3"]:
    """Return the colour of a diffuse surface: albedo (light_colour max(0, n . l) + ambient)."""
    raise NotImplementedError("TODO dreamfusion: read task 6.3 in README.md")


def orientation_loss(
    weights: Float[Tensor, "r n"],
    normals: Float[Tensor, "r n 3"],
    directions: Float[Tensor, "r 3"],  # of the rays, from the camera into the scene
) -> Float[Tensor, ""]:
    """Return the mean over rays of the sum of w max(0, n . d)^2, no gradient through the weights."""
    raise NotImplementedError("TODO dreamfusion: read task 6.3 in README.md")


def opacity_loss(opacity: Float[Tensor, " r"]) -> Float[Tensor, ""]:
    """Return the mean of sqrt(opacity^2 + .01): what is not needed had better be empty."""
    raise NotImplementedError("TODO dreamfusion: read task 6.3 in README.md")


def view_name(azimuth: float, elevation: float) -> str:
    """Return "front", "side", "back" or "overhead" for a camera's place, in degrees; any azimuth.

    Overhead above 60 degrees; else front within 45 degrees of azimuth 0, back within 45 of 180.
    """
    raise NotImplementedError("TODO dreamfusion: read task 6.3 in README.md")
