"""A residue as a frame: its axes from three atoms, points in its axes, and an error that frames see."""

import torch
from jaxtyping import Float
from torch import Tensor


def backbone_frames(
    atoms: Float[Tensor, "*n 3 3"],  # N, CA, C on the axis before the last
) -> tuple[Float[Tensor, "*n 3 3"], Float[Tensor, "*n 3"]]:
    """Return rotation and origin of each residue's frame: the columns of R are its axes, t is CA.

    Jumper et al. 2021, Supplement, Algorithm 21 with x1, x2, x3 = N, CA, C. Raises ValueError where C lies on
    CA, or N on the line through both, within 1e-6 Å.
    """

    raise NotImplementedError("TODO frames: read task 1.1 in README.md")


def to_local(
    R: Float[Tensor, "m 3 3"], t: Float[Tensor, "m 3"], x: Float[Tensor, "k 3"]
) -> Float[Tensor, "m k 3"]:
    """Return every point in every frame's axes, seen from its origin; the first axis counts frames."""
    raise NotImplementedError("TODO frames: read task 1.1 in README.md")


def fape(
    R: Float[Tensor, "m 3 3"],
    t: Float[Tensor, "m 3"],
    x: Float[Tensor, "k 3"],
    R_true: Float[Tensor, "m 3 3"],
    t_true: Float[Tensor, "m 3"],
    x_true: Float[Tensor, "k 3"],
    clamp: float | None = 10.0,  # an error counts as at most so many Å; None: as what it is
    unit: float = 10.0,  #         Å that count as 1
    eps: float = 1e-4,  #          in Å², inside the root
) -> Float[Tensor, ""]:
    """Return the frame-aligned point error: the mean error of all points, seen from all frames.

    Jumper et al. 2021, Supplement, Algorithm 28.
    """
    raise NotImplementedError("TODO frames: read task 1.1 in README.md")
