"""Hidden checks of voxels: fresh points cell by cell, losses by torch.distributions."""

import math

import torch
from torch import Tensor, distributions

from autograder.checks import any_of, close, task
from autograder.nearness import near, near_single

from .. import plays
from .fresh import expect_alike


def counted(points: Tensor, size: int) -> Tensor:
    """Return the occupied cells, point by point."""
    cells = torch.zeros(size, size, size)
    for point in points.tolist():
        i, j, k = (min(max(math.floor((v + 1) / 2 * size), 0), size - 1) for v in point)
        cells[i, j, k] = 1
    return cells


def cost(logits: Tensor, target: Tensor, mu: Tensor, log_var: Tensor, gamma: float, beta: float) -> Tensor:
    """Return the loss by laws of torch."""
    law = distributions.Bernoulli(logits=logits)
    weights = gamma * target + (1 - gamma) * (1 - target)
    code = distributions.Normal(mu, (log_var / 2).exp())
    unit = distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    total = -(weights * law.log_prob(target)).sum() + beta * distributions.kl_divergence(code, unit).sum()
    return total / len(logits)


def a_batch(seed, b: int, *shape: int) -> list[Tensor]:
    """Return logits, targets and codes."""
    target = (seed.fork("target").uniform(b, *shape) > 0.7).double()
    return [
        2 * seed.fork("l").normal(b, *shape),
        target,
        seed.fork("mu").normal(b, 3),
        seed.fork("v").normal(b, 3),
    ]


@task("voxels", gate=True)
def test_voxels_are_an_answer_at_all(submission, seed):
    """Cells or losses go with fresh points and logits"""
    points = seed.normal(30, 3) / 2
    batches = [a_batch(seed.fork(f"{i}"), 1, 6) for i in range(6)]
    for i, batch in enumerate(batches):
        batch[0] *= i
    any_of(
        lambda: expect_alike(submission.voxels.voxelise(points, 4), counted(points, 4)),
        lambda: expect_alike(
            torch.stack([submission.voxels.voxel_loss(*one) for one in batches]),
            torch.stack([cost(*one, 0.97, 1.0) for one in batches]),
        ),
    )


@task("voxels", weight=2)
def test_fresh_points(submission, seed):
    """Fresh points inside and outside, cell by cell, in grids of several sizes

    floor((p + 1) / 2 size) along x, y, z; points at +1 and beyond are in the nearest cell, however many there
    are.
    """
    for size in (1, 3, seed.integer(5, 9)):
        points = 1.2 * (2 * seed.fork(f"{size}").uniform(25, 3) - 1)
        for dtype in (torch.float64, torch.float32):
            came = submission.voxels.voxelise(points.to(dtype), size)
            close(came, counted(points.to(dtype), size), rtol=0, what=f"the cells of {size} a side")


@task("voxels", weight=3)
def test_fresh_losses(submission, seed):
    """Fresh shapes of several sizes by torch's laws, with other gamma and beta; gradients; float32

    Compare with torch's laws: the weighted cross-entropy over all cells, the divergence over the code, for
    other gamma and beta.
    """
    for shape, gamma, beta in (((2, 3, 4), 0.97, 1.0), ((5,), 0.8, 0.1), ((2, 2), 0.35, 3.0)):
        args = a_batch(seed.fork(f"{gamma}"), 3, *shape)
        leaves = [one.clone().requires_grad_() for one in args]
        expected = cost(*leaves, gamma, beta)
        came = submission.play(plays.with_gradients, "voxels", "voxel_loss", [*args, gamma, beta], [0, 2, 3])
        near(came["result"][0], expected, "the loss")
        due = list(torch.autograd.grad(expected, [leaves[i] for i in (0, 2, 3)]))
        near(came["gradients"], due, "gradients: by logits, by mu and by log_var", within=1e-11)
        near_single(submission.voxels.voxel_loss(*(one.float() for one in args), gamma, beta), expected)
    args = a_batch(seed.fork("default"), 2, 4)
    near(submission.voxels.voxel_loss(*args), cost(*args, 0.97, 1.0), "the loss with its defaults")
