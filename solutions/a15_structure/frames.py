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

    # BEGIN SOLUTION
    def unit(a: Tensor) -> Tensor:
        length = a.norm(dim=-1, keepdim=True)
        if not bool((length > 1e-6).all()):
            raise ValueError("N, CA and C lie on one line, or C on CA: they give no axes")
        return a / length

    n, ca, c = atoms.unbind(dim=-2)
    e1 = unit(c - ca)  # *n 3
    aside = n - ca
    e2 = unit(aside - (aside * e1).sum(dim=-1, keepdim=True) * e1)
    return torch.stack([e1, e2, torch.linalg.cross(e1, e2)], dim=-1), ca
    # END SOLUTION


def to_local(
    R: Float[Tensor, "m 3 3"], t: Float[Tensor, "m 3"], x: Float[Tensor, "k 3"]
) -> Float[Tensor, "m k 3"]:
    """Return every point in every frame's axes, seen from its origin; the first axis counts frames."""
    # BEGIN SOLUTION
    return torch.einsum("mji,mkj->mki", R, x - t[:, None])
    # END SOLUTION


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
    # BEGIN SOLUTION
    gaps = to_local(R, t, x) - to_local(R_true, t_true, x_true)  # m k 3
    errors = (gaps.square().sum(dim=-1) + eps).sqrt()  # m k
    if clamp is not None:
        errors = errors.clamp(max=clamp)
    return errors.mean() / unit
    # END SOLUTION
