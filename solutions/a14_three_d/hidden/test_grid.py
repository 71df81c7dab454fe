"""Hidden checks of the grid: fresh grids by corners, one place after the other."""

import math

import torch
from torch import Tensor

from autograder.checks import task
from autograder.nearness import near, near_single

from .. import plays
from .fresh import expect_alike


def by_corners(grid: Tensor, p: Tensor) -> Tensor:
    """Return the values at places (m, 3), corner by corner."""
    rows = []
    for place in p:
        if bool(((place < 0) | (place > 1)).any()):
            rows.append(0 * grid[:, 0, 0, 0])
            continue
        value = 0 * grid[:, 0, 0, 0]
        for corner in range(8):
            share, node = 1.0, []
            for axis in range(3):
                n = grid.shape[1 + axis]
                at = place[axis] * (n - 1)
                low = min(math.floor(at.item()), n - 2)
                bit = corner >> axis & 1
                share = share * ((at - low) if bit else (low + 1 - at))
                node.append(low + bit)
            value = value + share * grid[(slice(None), *node)]
        rows.append(value)
    return torch.stack(rows)


@task("trilinear", gate=True)
def test_values_are_an_answer_at_all(submission, seed):
    """Values go with those of a fresh grid that rises along its axes"""
    axes = [torch.arange(n).double() for n in (4, 4, 4)]
    x, y, z = torch.meshgrid(*axes, indexing="ij")
    grid = (x + y + z)[None] + 0.1 * seed.fork("grid").normal(1, 4, 4, 4)
    p = seed.fork("p").uniform(24, 3)
    expect_alike(submission.grid.trilinear(grid, p)[..., 0], by_corners(grid, p)[:, 0])


@task("trilinear", weight=3)
def test_fresh_grids(submission, seed):
    """Fresh grids of unequal sides, corner by corner, some places outside; single places; float32 too

    Nodes 0 and 1 are the first and the last, axes in the grid's order; between nodes a line, beyond the ends
    0 at once, without fading. Try unequal sides.
    """
    for c, sides in ((3, (4, 6, 5)), (1, (2, 3, 2)), (2, (5, 2, 3))):
        grid, p = seed.fork(f"{c}").normal(c, *sides), 1.3 * seed.fork(f"p{c}").uniform(12, 3) - 0.15
        p[:3] = p[:3].clamp(0, 1)
        expected = by_corners(grid, p)
        near(submission.grid.trilinear(grid, p), expected, "values", within=1e-11)
        near(submission.grid.trilinear(grid, p[0]), expected[0], "the values of a single place", within=1e-11)
        near_single(submission.grid.trilinear(grid.float(), p.float()), expected, "values")


@task("trilinear")
def test_fresh_gradients(submission, seed):
    """Gradients by the grid and by the places are those of the corners

    Gradients reach the grid's corners and the places: floor has none, the fractions do.
    """
    grid, p = seed.fork("grid").normal(2, 3, 4, 5), seed.fork("p").uniform(2, 3, 3)
    weights = [seed.fork("weights").normal(2, 3, 2)]
    came = submission.play(plays.with_gradients, "grid", "trilinear", [grid, p], [0, 1], weights)
    leaves = [grid.clone().requires_grad_(), p.clone().requires_grad_()]
    total = (by_corners(leaves[0], leaves[1].reshape(-1, 3)).reshape(2, 3, 2) * weights[0]).sum()
    expected = list(torch.autograd.grad(total, leaves))
    near(came["gradients"], expected, "gradients: by the grid and by the places", within=1e-10)
