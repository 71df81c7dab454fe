"""Hidden checks of rotation vectors: fresh ones by scipy, at every angle."""

import math

import torch

from autograder.checks import any_of, close, task
from autograder.nearness import near, near_single

from .. import plays
from ..tests.turns import turn, turns
from .fresh import expect_alike


@task("so3_exp_log", gate=True)
def test_rotations_are_an_answer_at_all(submission, seed):
    """Rotations of fresh vectors, or vectors of fresh rotations, go with what they should be"""
    v = seed.normal(8, 3)
    any_of(
        lambda: expect_alike(submission.so3.so3_exp(v), turn(v)),
        lambda: expect_alike(submission.so3.so3_log(turn(v / 2)), v / 2),
    )


@task("so3_exp_log", weight=2)
def test_fresh_rotations(submission, seed):
    """Fresh vectors up to two turns long, near 0 too, alone and in batches; their gradients; float32

    Rodrigues with series near 0: sin x / x and (1 - cos x) / x^2 with their gradients. Try vectors longer
    than a turn.
    """
    v = 4 * seed.normal(2, 3, 4, 3)
    v[0, 0] *= 1e-5
    near(submission.so3.so3_exp(v), turn(v), "the rotations", within=1e-11)
    near(submission.so3.so3_exp(v[1, 2, 3]), turn(v[1, 2, 3]), "the rotation", within=1e-11)
    long = (5 * v).float()  # in float32 sine and cosine would lose digits
    near(submission.so3.so3_exp(long), turn(long).float(), "the rotations of float32", within=3e-7)
    for size in (1e-7, 1e-3, 1.5):
        one, weights = size * seed.fork(f"{size}").normal(3), seed.fork("weights").normal(3, 3)
        came = submission.play(plays.with_gradients, "so3", "so3_exp", [one], [0], weights)
        steps = 1e-5 * torch.eye(3).double()
        due = ((turn(one + steps) - turn(one - steps)) / 2e-5 * weights).sum(dim=(1, 2))
        near(came["gradients"][0], due, "the gradient", within=1e-7)


@task("so3_exp_log", weight=2)
def test_fresh_logarithms(submission, seed):
    """Fresh rotations of all kinds, and fresh axes with angles next to 0 and next to a half turn

    Next to a half turn sin vanishes: take the axis from the symmetric part, its sign from the rest. Next to 0
    acos loses digits.
    """
    R = turns(seed, 2, 5)
    came = submission.so3.so3_log(R)
    near(turn(came), R, "the rotations by what was found", within=1e-9)
    close(
        came.norm(dim=-1),
        torch.acos((R.diagonal(dim1=-2, dim2=-1).sum(dim=-1) - 1) / 2),
        rtol=1e-6,
        what="angles",
    )
    axis = seed.fork("axis").normal(4, 3)
    axis = axis / axis.norm(dim=1, keepdim=True)
    for angle in (3e-7, 2e-3, math.pi - 3e-4, math.pi - 2e-7, math.pi - 1e-12):
        found = submission.so3.so3_log(turn(angle * axis))
        close(found.norm(dim=1), torch.full((4,), angle).double(), rtol=1e-7, what="the angles")
        near(turn(found), turn(angle * axis), "the rotations by what was found", within=1e-7)
    single = submission.so3.so3_log(turn(2 * axis).float())
    near_single(single, 2 * axis, "the vectors")
