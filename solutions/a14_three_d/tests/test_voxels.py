"""Public checks of voxels: cells counted by hand, worked losses, torch's own cross-entropy."""

import math

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, expect_dtype, task
from autograder.nearness import WORKED, near, unchanged

from .. import plays

LOGITS, TARGET = exactly(0, 2, -3, 100)[None], exactly(1, 1, 0, 0)[None]
NOTHING = torch.zeros(1, 2, dtype=torch.float64)


# -------------------- 5.1 voxels
@task("voxels", weight=2)
def test_worked_cells(submission):
    """-1, 0 and 1 lie in cells 0, 8 and 15 of 16; what is outside counts in the nearest cell"""
    points = exactly(-1, 0, 1, 0.99, -0.01, -0.99, -7, 3, 0.5, 0.5, 0.5, 0.5).reshape(4, 3)
    came = submission.voxels.voxelise(points, 16)
    expect_dtype(came, torch.float32)
    expected = torch.zeros(16, 16, 16)
    for cell in ((0, 8, 15), (15, 7, 0), (0, 15, 12), (12, 12, 12)):
        expected[cell] = 1
    hint = "floor((p + 1) / 2 * size), brought into 0 .. size - 1."
    close(came, expected, rtol=0, what="cells", hint=hint, axes=("x", "y", "z"))


@task("voxels")
def test_many_points_in_a_cell(submission, seed):
    """A hundred points in one cell make it 1 and no more; the points stay as they are"""
    points = 0.2 + 0.1 * seed.uniform(100, 3)
    given = points.clone()
    came = submission.voxels.voxelise(points, 2)
    near(came.sum().double(), exactly(1)[0], "the sum of the cells")
    near(came[1, 1, 1].double(), exactly(1)[0], "the cell of all points")
    unchanged(points, given)


@task("voxels", weight=2)
def test_worked_losses(submission):
    """Logits 0, 2, -3, 100 for 1, 1, 0, 0 cost 3.7969304, and 50.4343313 with gamma 1/2, half of torch's"""
    hint = "gamma belongs to occupied cells, 1 - gamma to empty ones; sum over the cells."
    came = submission.voxels.voxel_loss(LOGITS, TARGET, NOTHING, NOTHING)
    close(came, exactly(3.7969304)[0], rtol=0, atol=WORKED, what="the loss", hint=hint)
    came = submission.voxels.voxel_loss(LOGITS, TARGET, NOTHING, NOTHING, 0.5)
    expected = F.binary_cross_entropy_with_logits(LOGITS, TARGET, reduction="sum") / 2
    near(came, expected, "the loss with gamma 1/2", hint)


@task("voxels")
def test_worked_divergences(submission):
    """mu (1, -2), log variance (0, ln 4) diverges by 3.3068528; beta multiplies that, also beta 0"""
    mu, log_var = exactly(1, -2)[None], exactly(0, math.log(4))[None]
    alone = submission.voxels.voxel_loss(LOGITS, TARGET, NOTHING, NOTHING)
    for beta, expected in ((1.0, 3.3068528), (0.5, 1.6534264), (0.0, 0.0)):
        came = submission.voxels.voxel_loss(LOGITS, TARGET, mu, log_var, 0.97, beta)
        hint = "Half the sum of mu^2 + exp(log_var) - 1 - log_var, over the code."
        what = f"what the divergence adds with beta {beta}"
        close(came - alone, exactly(expected)[0], rtol=0, atol=WORKED, what=what, hint=hint)
    default = submission.voxels.voxel_loss(LOGITS, TARGET, mu, log_var)
    near(default - alone, exactly(4 - math.log(2))[0], "beta's default is 1")


@task("voxels")
def test_batches_of_shapes(submission, seed):
    """Three shapes cost the mean of what each costs alone; logits of 800 and -800 have finite gradients"""
    logits, target = (
        3 * seed.fork("l").normal(3, 2, 3, 2),
        (seed.fork("t").uniform(3, 2, 3, 2) > 0.6).double(),
    )
    logits[0, 0, 0] = exactly(800, -800)
    mu, log_var = seed.fork("mu").normal(3, 4), seed.fork("v").normal(3, 4)
    args = [logits, target, mu, log_var]
    came = submission.play(plays.with_gradients, "voxels", "voxel_loss", args, [0, 2, 3])
    alone = [submission.voxels.voxel_loss(*(one[i : i + 1] for one in args)) for i in range(3)]
    expect(all(math.isfinite(float(one)) for one in alone), "the cost is not finite", "F.logsigmoid.")
    hint = "Sum over the cells and over the code, then the mean over the shapes."
    near(came["result"][0], sum(alone) / 3, "the loss", hint)
    finite = all(one is not None and bool(one.isfinite().all()) for one in came["gradients"])
    expect(finite, "gradients are missing or not finite", "F.logsigmoid of logits and of -logits.")
    unchanged(came["arguments"], args)
