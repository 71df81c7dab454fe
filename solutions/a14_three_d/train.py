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

    # BEGIN SOLUTION
    def look(field: Field, t: Tensor, edges: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        points = o[:, None] + t[..., None] * d[:, None]  # r n 3
        sigma, colour = field(points, d[:, None].expand_as(points))
        weights = ray_weights(sigma, edges)
        return weights, composite(weights, colour, t, background)

    t, edges = stratified_samples(near, far, u)
    edges = edges.expand(len(u), -1)  # r n+1
    weights, (rgb_coarse, _, _) = look(coarse, t, edges)
    # Bins are split where the coarse look saw something.
    samples = importance_samples(edges, weights, u_fine)  # r m
    edges = torch.cat([edges, samples], dim=1).sort(dim=1).values  # r n+m+1
    _, (rgb_fine, distance, opacity) = look(fine, (edges[:, 1:] + edges[:, :-1]) / 2, edges)
    return rgb_coarse, rgb_fine, distance, opacity
    # END SOLUTION


def psnr(a: Float[Tensor, "*s"], b: Float[Tensor, "*s"]) -> Float[Tensor, ""]:
    """Return the peak signal-to-noise ratio of pictures in [0, 1], in decibels; of equal ones, infinity."""
    # BEGIN SOLUTION
    return -10 * (a - b).square().mean().log10()
    # END SOLUTION


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
    # BEGIN SOLUTION
    optimizer.zero_grad()
    rgb_coarse, rgb_fine, _, _ = render_rays(coarse, fine, o, d, near, far, u, u_fine, background)
    coarse_error = (rgb_coarse - colour).square().mean()
    fine_error = (rgb_fine - colour).square().mean()
    loss = coarse_error + fine_error
    loss.backward()
    optimizer.step()
    return loss.item()
    # END SOLUTION
