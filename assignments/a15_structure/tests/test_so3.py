"""Public checks of rotation vectors: worked rotations, and every angle from 0 to a half turn."""

import math

import torch

from autograder.checks import close, exactly, expect_dtype, task
from autograder.nearness import near, unchanged

from .. import plays
from .turns import turn

ANGLES = (0.0, 1e-8, 1e-4, 1.0, 3.0, math.pi - 1e-3, math.pi - 1e-6, math.pi - 1e-9)


@task("so3_exp_log", weight=2)
def test_worked_rotation(submission, seed):
    """(1, -2, 2) / 3 times 1.2 makes the handout's matrix, and leaves its axis alone; exp(-v) turns back"""
    axis = exactly(1, -2, 2) / 3
    came = submission.so3.so3_exp(1.2 * axis)
    hint = "The angle is |v|: K of the vector itself, times sin / angle; K K times (1 - cos) / angle²."
    close(came[0], exactly(0.43320689, -0.76305767, -0.47966111), rtol=0, atol=1e-8, what="row 0", hint=hint)
    near(came @ axis, axis, "the turned axis", hint)
    v = 2 * seed.normal(2, 3, 3)
    near(submission.so3.so3_exp(v), turn(v), "rotations of a batch", hint)
    near(submission.so3.so3_exp(-v), turn(v).mT, "rotations by -v", hint)


@task("so3_exp_log", weight=2)
def test_gradient_at_zero(submission, seed):
    """At v = 0 the gradient of R[2, 1] is (1, 0, 0), of R[0, 2] (0, 1, 0); elsewhere as by differences"""
    hint = "0 / 0 is NaN, and torch.where sends it back: divide by something safe, or use torch.sinc."
    for (i, j), due in (((2, 1), (1, 0, 0)), ((0, 2), (0, 1, 0))):
        weights = torch.zeros(3, 3).double()
        weights[i, j] = 1
        came = submission.play(
            plays.with_gradients, "so3", "so3_exp", [torch.zeros(3).double()], [0], weights
        )
        near(came["gradients"][0], exactly(*due), f"the gradient of R[{i}, {j}] at 0", hint)
    v, weights = seed.normal(3), seed.fork("weights").normal(3, 3)
    came = submission.play(plays.with_gradients, "so3", "so3_exp", [v], [0], weights)
    steps = 1e-5 * torch.eye(3).double()
    due = ((turn(v + steps) - turn(v - steps)) / 2e-5 * weights).sum(dim=(1, 2))
    near(came["gradients"][0], due, "the gradient", within=1e-7)  # of differences


@task("so3_exp_log", weight=3)
def test_every_angle(submission, seed):
    """Angles from 0 to pi - 1e-9 about all axes are found to 1e-7, and their rotation is the given one"""
    axes = torch.cat([torch.eye(3).double(), -torch.eye(3).double(), seed.normal(3, 3)])
    axes = axes / axes.norm(dim=1, keepdim=True)
    for angle in ANGLES:
        R = turn(angle * axes)
        came = submission.so3.so3_log(R)
        hint = "acos loses half of the digits near 0 and pi; atan2 of sine and cosine does not."
        close(
            came.norm(dim=1),
            torch.full((9,), angle).double(),
            rtol=1e-7,
            atol=1e-12,
            what="angles",
            hint=hint,
        )
        near(turn(came), R, f"rotations by what was found for the angle {angle:.10g}", hint, 1e-7)


@task("so3_exp_log", weight=2)
def test_half_turns(submission):
    """The half turn about (0, 1, 1) has ±2.22144147 (0, 1, 1), and half turns about all axes come back"""
    R = exactly(-1, 0, 0, 0, 0, 1, 0, 1, 0).reshape(3, 3)
    came = submission.so3.so3_log(R)
    hint = "R - R^T is 0 here: the axis stands in R + R^T, and its largest number is the safest."
    close(came.abs(), exactly(0, 2.22144147, 2.22144147), rtol=0, atol=1e-8, what="the sizes", hint=hint)
    near(turn(came), R, "the rotation by what was found", hint)
    for axis in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -2, 2], [-2, 1, 2]):
        R = 2 * torch.outer(a := exactly(*axis) / exactly(*axis).norm(), a) - torch.eye(3).double()
        near(turn(submission.so3.so3_log(R)), R, f"the half turn about {axis}", hint, 1e-7)


@task("so3_exp_log")
def test_rotations_of_single_precision(submission, seed):
    """float32 stays float32 in both; of no rotation the vector is 0; arguments stay as they were"""
    v = 0.5 * seed.normal(4, 3, dtype=torch.float32)
    called = submission.play(plays.called, "so3", "so3_exp", [v.clone()])
    unchanged(called["arguments"], [v])
    R = called["result"]
    expect_dtype(R, torch.float32)
    near(R, turn(v), "R", within=1e-6)
    back = submission.so3.so3_log(R)
    expect_dtype(back, torch.float32)
    near(back, v, "v", within=1e-4)
    nothing = submission.so3.so3_log(torch.eye(3).repeat(2, 1, 1))
    near(nothing, torch.zeros(2, 3), "the vector of no rotation")
