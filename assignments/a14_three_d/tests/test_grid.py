"""Public checks of the grid: nodes, functions that interpolation reproduces, and the border."""

import torch

from autograder.checks import exactly, expect, expect_dtype, task
from autograder.nearness import near, unchanged

from .. import plays


# -------------------- 4.1 trilinear
@task("trilinear", weight=2)
def test_worked_value(submission):
    """A grid of 2 x 2 x 2 with 4 i + 2 j + k at its nodes has 2.75 at (.25, .5, .75)"""
    grid = torch.arange(8).double().reshape(1, 2, 2, 2)
    p = exactly(0.25, 0.5, 0.75, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1).reshape(5, 3)
    came = submission.grid.trilinear(grid, p)
    hint = (
        "p is in the order of the grid's axes; F.grid_sample's x is the last axis. If only the first place "
        "is wrong: a quarter of the way between two nodes is a quarter of their difference."
    )
    near(came[:, 0], exactly(2.75, 4, 2, 1, 7), "values", hint)


@task("trilinear", weight=2)
def test_values_at_nodes(submission, seed):
    """At the nodes of a grid of 3 x 4 x 5 there are the nodes' values, at 0 and at 1 too"""
    grid = seed.normal(2, 3, 4, 5)
    nodes = [torch.arange(n).double() / (n - 1) for n in (3, 4, 5)]
    p = torch.stack(torch.meshgrid(*nodes, indexing="ij"), dim=-1)  # 3 4 5 3
    hint = "The first node is at 0, the last at 1: p (n - 1) counts nodes (align_corners=True)."
    near(submission.grid.trilinear(grid, p), grid.movedim(0, -1), "values", hint, 1e-11)


@task("trilinear")
def test_products_are_reproduced(submission, seed):
    """A function that is linear in each coordinate comes back exactly, and the dtype stays"""
    nodes = [torch.arange(n).double() / (n - 1) for n in (4, 2, 3)]
    x, y, z = torch.meshgrid(*nodes, indexing="ij")
    grid = torch.stack([x - 2 * y * z, 1 + 3 * x * y * z])
    p = seed.uniform(3, 5, 3)
    a, b, c = p.unbind(-1)
    expected = torch.stack([a - 2 * b * c, 1 + 3 * a * b * c], dim=-1)
    hint = "Between two nodes values go along a straight line, and nodes 0 and 1 are the ends: no smoothing."
    near(submission.grid.trilinear(grid, p), expected, "values", hint, 1e-11)
    single = submission.grid.trilinear(grid.float(), p.float())
    expect_dtype(single, torch.float32)
    near(single.double(), expected, "values", within=1e-5)


@task("trilinear")
def test_outside_there_is_nothing(submission):
    """Just outside of [0, 1] in any coordinate the value is 0; on the border it is the grid's"""
    grid = torch.full((1, 3, 3, 3), 5.0).double()
    corners = exactly(-0.1, -0.1, -0.1, 1.1, 1.2, 1.3, -0.01, 1.01, -0.2).reshape(3, 3)
    hint = "Zero padding fades over one cell, clamping goes on for ever: mask what is outside."
    near(submission.grid.trilinear(grid, corners)[:, 0], exactly(0, 0, 0), "values beyond corners", hint)
    inside, outside = exactly(0.5, 0, 1, 0.25), exactly(-1e-6, 1 + 1e-6, -0.3, 7)
    p = torch.full((3, 8, 3), 0.5).double()
    for axis in range(3):
        p[axis, :, axis] = torch.cat([inside, outside])
    expected = torch.cat([torch.full((3, 4), 5.0), torch.zeros(3, 4)], dim=1).double()
    near(submission.grid.trilinear(grid, p)[..., 0], expected, "values", hint)


@task("trilinear")
def test_gradients_of_eight_nodes(submission, seed):
    """A place pulls at its 8 nodes, with shares that add up to 1; arguments stay"""
    args = [seed.normal(1, 3, 4, 3), exactly(0.3, 0.45, 0.8)[None]]
    came = submission.play(plays.with_gradients, "grid", "trilinear", args, [0])
    expect(came["gradients"][0] is not None, "no gradient reaches the grid")
    shares = came["gradients"][0]
    near(shares.sum(), exactly(1.0)[0], "the sum of the shares", within=1e-11)
    expect(int((shares != 0).sum()) == 8, f"{int((shares != 0).sum())} nodes have a gradient; expected 8")
    unchanged(came["arguments"], args)
