"""Public checks of point sets: worked distances, what each distance sees, and an encoder without order."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task
from autograder.nearness import near, unchanged

from .. import plays

A, B = exactly(0, 0, 0, 1, 0, 0).reshape(2, 3), exactly(0, 1, 0, 3, 0, 0).reshape(2, 3)


def on_a_line(*x: float) -> Tensor:
    """Return points (x, 0, 0)."""
    return torch.stack([exactly(*x), torch.zeros(len(x)).double(), torch.zeros(len(x)).double()], dim=1)


# -------------------- 5.2 point_distances
@task("point_distances", weight=2)
def test_worked_distances(submission):
    """{0, e_x} and {e_y, 3 e_x} have the Chamfer distance 4 and the earth mover's distance 1.5"""
    hint = "Squared distances to the nearest point, the mean over each set, both directions added."
    near(submission.points.chamfer(A, B), exactly(4)[0], "chamfer", hint)
    near(submission.points.emd(A, B), 1.5, "emd", "Distances, not squared; the mean over the pairs.")


@task("point_distances")
def test_what_chamfer_does_not_count(submission):
    """{0, 0, 1} and {0, 1, 1} have the Chamfer distance 0 and the earth mover's distance 1/3"""
    near(submission.points.chamfer(on_a_line(0, 0, 1), on_a_line(0, 1, 1)), exactly(0)[0], "chamfer")
    hint = "The best of all one-to-one pairings: greedy pairs are not it."
    near(submission.points.emd(on_a_line(0, 0, 1), on_a_line(0, 1, 1)), 1 / 3, "emd", hint)
    near(submission.points.emd(on_a_line(0, 2, 5), on_a_line(1.9, 2.1, -9)), 4.0, "emd on a line", hint)


@task("point_distances")
def test_the_way_counts(submission):
    """Distances 0 and 8 are a mean of 4, and better than 5 and 5, though their squares are worse"""
    a, b = exactly(0, 0, 0, 4, 3, 0).reshape(2, 3), exactly(0, 0, 0, -4, 3, 0).reshape(2, 3)
    hint = "The pairing is the one of least distances: squared ones may be least for another."
    near(submission.points.emd(a, b), 4.0, "emd", hint)


@task("point_distances", weight=2)
def test_sets_of_unequal_size(submission, seed):
    """Batches of 4 and 3 points cost what each pair costs alone, the same with both sets exchanged"""
    a, b = seed.fork("a").normal(2, 3, 4, 3), seed.fork("b").normal(2, 3, 3, 3)
    came = submission.points.chamfer(a, b)
    alone = [[submission.points.chamfer(a[i, j], b[i, j]) for j in range(3)] for i in range(2)]
    near(came, torch.tensor(alone, dtype=torch.float64), "chamfer of a batch")
    near(submission.points.chamfer(b, a), came, "chamfer with the sets exchanged", "Both directions count.")
    # One point of b against all of a.
    one = b[..., :1, :]
    squares = (a - one).square().sum(dim=-1)
    hint = "Each direction is a mean over its own set."
    near(submission.points.chamfer(a, one), squares.mean(dim=-1) + squares.amin(dim=-1), "chamfer", hint)


@task("point_distances")
def test_shifted_sets(submission, seed):
    """A set and its shifted copy, in another order, have the earth mover's distance |shift|"""
    a = seed.normal(7, 3)
    shift = exactly(0.3, -0.4, 1.2)
    came = submission.points.emd(a, (a + shift)[[3, 0, 6, 2, 5, 1, 4]])
    near(came, 1.3, "emd", "An assignment of least cost: scipy has one.")
    expect(isinstance(came, float), f"emd returned a {type(came).__name__}; expected float")


@task("point_distances")
def test_chamfer_far_from_the_origin(submission, seed):
    """Two float32 clouds of 40 points, both 1,000 away from the origin, lose no more than their rounding"""
    a, b = ((1000 + seed.fork(name).normal(40, 3)).float() for name in "ab")
    squares = (a.double()[:, None] - b.double()).square().sum(dim=-1)
    expected = squares.amin(dim=0).mean() + squares.amin(dim=1).mean()
    came = submission.points.chamfer(a, b)
    expect_dtype(came, torch.float32)
    hint = "|a|^2 + |b|^2 - 2 ab cancels there (cdist does so for many points): subtract a's mean from both."
    close(came, expected, rtol=1e-4, what="chamfer", hint=hint)


@task("point_distances")
def test_sets_that_have_no_distance(submission):
    """Empty sets raise ValueError, and for emd sets of unequal size"""
    none = torch.zeros(0, 3).double()
    for a, b in ((none, A), (A, none)):
        with raises(ValueError):
            submission.points.chamfer(a, b)
    for a, b in ((none, none), (A, A[:1]), (A[:1], A)):
        with raises(ValueError):
            submission.points.emd(a, b)


# -------------------- 5.3 point_encoder
SHAPES = [(5, 3), (5,), (5, 5), (5,), (2, 5), (2,), (2, 5), (2,)]


def layers(seed: Seed) -> list[Tensor]:
    """Return weights of an encoder with 5 features and codes of 2 numbers."""
    return [seed.fork(f"{i}").normal(*shape) for i, shape in enumerate(SHAPES)]


@task("point_encoder", weight=2)
def test_order_and_number_are_nothing(submission, seed):
    """Points in another order, or some of them twice, have the same code; other points have another"""
    weights, points = layers(seed), seed.fork("points").normal(2, 6, 3)
    came = submission.play(plays.point_encoder, weights, points, None)
    for order in ([5, 2, 0, 1, 4, 3], [0, 1, 2, 3, 4, 5, 5, 5, 0]):
        again = submission.play(plays.point_encoder, weights, points[:, order], None)
        hint = "A maximum over the points; a mean changes when points are repeated."
        near(again["mu"], came["mu"], "mu", hint)
        near(again["log_var"], came["log_var"], "log_var", hint)
    other = submission.play(plays.point_encoder, weights, 2 * points, None)
    expect((other["mu"] - came["mu"]).abs().max() > 1e-3, "mu does not depend on the points")


@task("point_encoder")
def test_single_points(submission, seed):
    """A set of one point has the code that the layers make of it: mu first, then log_var"""
    weights, points = layers(seed), seed.fork("points").normal(3, 1, 3)
    came = submission.play(plays.point_encoder, weights, points, None)
    feature = (points[:, 0] @ weights[0].mT + weights[1]).clamp(min=0) @ weights[2].mT + weights[3]
    near(came["mu"], feature @ weights[4].mT + weights[5], "mu")
    near(came["log_var"], feature @ weights[6].mT + weights[7], "log_var")
    unchanged(came["arguments"], [points])


def coordinates() -> list[Tensor]:
    """Return weights whose features are x, y, z, -x, -y of a point; mu is x and z, log_var y and -x."""
    weights = [torch.zeros(shape, dtype=torch.float64) for shape in SHAPES]
    signs = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0]], dtype=torch.float64)
    weights[0], weights[1], weights[2], weights[3] = (
        signs,
        exactly(*[50] * 5),
        torch.eye(5).double(),
        exactly(*[-50] * 5),
    )
    weights[4][0, 0] = weights[4][1, 2] = weights[6][0, 1] = weights[6][1, 3] = 1
    return weights


@task("point_encoder", weight=2)
def test_points_that_are_not_there(submission, seed):
    """Layers that let coordinates through find the largest of what is there; nothing there, ValueError"""
    points = seed.fork("points").normal(2, 5, 3) - 4  # all coordinates are negative
    points[:, 1] = exactly(7, 8, 9)
    mask = torch.tensor([[True, False, True, True, False], [False, False, True, False, True]])
    came = submission.play(plays.point_encoder, coordinates(), points, mask)
    for i, there in enumerate(([0, 2, 3], [2, 4])):
        x, y, z = points[i, there].unbind(dim=1)
        hint = "Features may be negative: what is missing is -inf before the maximum, not 0."
        near(came["mu"][i], torch.stack([x.max(), z.max()]), f"mu of set {i}", hint)
        near(came["log_var"][i], torch.stack([y.max(), -x.min()]), f"log_var of set {i}", hint)
    mask[1] = False
    with raises(ValueError):
        submission.play(plays.point_encoder, layers(seed), points, mask)
