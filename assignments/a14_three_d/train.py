"""Training a field from pictures: a coarse look, a fine look, and a step down the error of both."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .render import composite, ray_weights
from .sampling import importance_samples, stratified_samples

Field = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # points, directions -> density, colour


def render_rays(
    coarse: Field,
    fine: Field,
    o: Float[Tensor, "r 3"],
    d: Float[Tensor, "r 3"],
    near: float,
    far: float,
    u: Float[Tensor, "r n"],  #      for the stratified samples
    u_fine: Float[Tensor, "r m"],  # for the importance samples; m = 0: none
    background: Float[Tensor, "3"] | None,
) -> tuple[Float[Tensor, "r 3"], Float[Tensor, "r 3"], Float[Tensor, " r"], Float[Tensor, " r"]]:
    """Return the colours of the coarse and of the fine look, and distance and opacity of the fine one.

    Mildenhall et al. 2020, Sec. 5.2. The fine bins' edges are the coarse ones and the importance samples,
    sorted; the fine field is asked at their midpoints.
    """

    raise NotImplementedError("TODO train_step: read task 3.2 in README.md")


def psnr(a: Float[Tensor, "*s"], b: Float[Tensor, "*s"]) -> Float[Tensor, ""]:
    """Return the peak signal-to-noise ratio of pictures in [0, 1], in decibels; of equal ones, infinity."""
    raise NotImplementedError("TODO train_step: read task 3.2 in README.md")


def train_step(
    coarse: Field,
    fine: Field,
    optimizer: torch.optim.Optimizer,
    o: Float[Tensor, "r 3"],
    d: Float[Tensor, "r 3"],
    colour: Float[Tensor, "r 3"],
    near: float,
    far: float,
    u: Float[Tensor, "r n"],
    u_fine: Float[Tensor, "r m"],
    background: Float[Tensor, "3"] | None,
) -> float:
    """Make one step down the mean square errors of both looks, added; return what they were before.

    Mildenhall et al. 2020, Eq. 6, with means in place of sums.
    """
    raise NotImplementedError("TODO train_step: read task 3.2 in README.md")
