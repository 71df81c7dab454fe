"""Hidden checks of point sets: fresh ones by loops and by all pairings, encoders from their matrices."""

import itertools
import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, expect, raises, task
from autograder.nearness import near, near_single

from .. import plays
from ..tests.test_points import layers
from .fresh import expect_alike


def between(p: list[float], q: list[float]) -> float:
    """Return a squared distance."""
    return sum((x - y) ** 2 for x, y in zip(p, q, strict=True))


def by_pairs(a: Tensor, b: Tensor) -> float:
    """Return the Chamfer distance of two sets, pair by pair."""
    there = [min(between(p, q) for q in b.tolist()) for p in a.tolist()]
    back = [min(between(p, q) for p in a.tolist()) for q in b.tolist()]
    return sum(there) / len(there) + sum(back) / len(back)


def by_pairings(a: Tensor, b: Tensor) -> float:
    """Return the earth mover's distance by trying all pairings."""
    costs = [[math.sqrt(between(p, q)) for q in b.tolist()] for p in a.tolist()]
    n = len(costs)
    return (
        min(sum(costs[i][j] for i, j in enumerate(order)) for order in itertools.permutations(range(n))) / n
    )


# -------------------- 5.2 point_distances
@task("point_distances", gate=True)
def test_distances_are_an_answer_at_all(submission, seed):
    """Distances of fresh sets grow with how far they are apart"""
    sets = [(seed.fork(f"a{i}").normal(4, 3), i + seed.fork(f"b{i}").normal(4, 3)) for i in range(6)]
    any_of(
        lambda: expect_alike(
            torch.stack([submission.points.chamfer(a, b) for a, b in sets]),
            torch.tensor([by_pairs(a, b) for a, b in sets]),
        ),
        lambda: expect_alike(
            torch.tensor([float(submission.points.emd(a, b)) for a, b in sets]),
            torch.tensor([by_pairings(a, b) for a, b in sets]),
        ),
    )


@task("point_distances", weight=3)
def test_fresh_sets(submission, seed):
    """Fresh sets pair by pair, and by all pairings; gradients of the Chamfer distance; float32

    Chamfer: mean squared distance to the nearest, both directions added. emd: the mean distance, not squared,
    of the best pairing. Try clouds far from the origin in float32.
    """
    a, b = seed.fork("a").normal(3, 5, 3), seed.fork("b").normal(3, 7, 3)
    expected = torch.tensor([by_pairs(p, q) for p, q in zip(a, b, strict=True)], dtype=torch.float64)
    came = submission.play(plays.with_gradients, "points", "chamfer", [a, b], [0, 1])
    near(came["result"][0], expected, "chamfer")
    near_single(submission.points.chamfer(a.float(), b.float()), expected, "chamfer")
    squares = torch.cdist(a, b) ** 2
    to_b, to_a = squares.argmin(dim=2), squares.argmin(dim=1)
    slope = torch.zeros_like(a)
    for i in range(3):
        for p in range(5):
            slope[i, p] += 2 * (a[i, p] - b[i, to_b[i, p]]) / 5
        for q in range(7):
            slope[i, to_a[i, q]] += 2 * (a[i, to_a[i, q]] - b[i, q]) / 7
    expect(came["gradients"][0] is not None, "no gradient reaches the points")
    near(came["gradients"][0], slope, "the gradient by a's points", within=1e-11)
    for n in (1, 3, 6):
        p, q = seed.fork(f"p{n}").normal(n, 3), seed.fork(f"q{n}").normal(n, 3)
        close(submission.points.emd(p, q), by_pairings(p, q), rtol=1e-12, what=f"emd of {n} points")
        close(
            submission.points.emd(p.float(), q.float()), by_pairings(p, q), rtol=1e-5, what="emd of float32"
        )


@task("point_distances")
def test_fresh_sets_without_distance(submission, seed):
    """Empty sets, alone and in batches, and unequal ones for emd raise ValueError

    Empty sets, alone and in batches, and sets of unequal size for emd raise ValueError.
    """
    a = seed.normal(2, 4, 3)
    for p, q in ((a, a[:, :0]), (a[:, :0], a), (a[:, :0], a[:, :0])):
        with raises(ValueError):
            submission.points.chamfer(p, q)
    for p, q in ((a[0], a[1, :3]), (a[0, :2], a[1]), (a[0, :0], a[1, :0])):
        with raises(ValueError):
            submission.points.emd(p, q)


# -------------------- 5.3 point_encoder
def encoded(weights: list[Tensor], points: Tensor) -> tuple[Tensor, Tensor]:
    """Return the code of one set of points, from the matrices."""
    features = [(w := weights)[2] @ (w[0] @ p + w[1]).clamp(min=0) + w[3] for p in points]
    whole = torch.stack([max(column, key=float) for column in zip(*features, strict=True)])
    return weights[4] @ whole + weights[5], weights[6] @ whole + weights[7]


@task("point_encoder", gate=True)
def test_codes_are_an_answer_at_all(submission, seed):
    """Codes go with fresh points"""
    weights, points = layers(seed), 2 * seed.fork("points").normal(8, 3, 3)
    came = submission.play(plays.point_encoder, weights, points, None)
    rows = [encoded(weights, one) for one in points]
    any_of(
        lambda: expect_alike(came["mu"], torch.stack([mu for mu, _ in rows])),
        lambda: expect_alike(came["log_var"], torch.stack([log_var for _, log_var in rows])),
    )


@task("point_encoder", weight=2)
def test_fresh_codes(submission, seed):
    """Fresh sets, point by point, masked and whole; a mask of True is no mask; none left raises ValueError

    A maximum over points: masked ones must not win where all others are below 0. No point left raises
    ValueError.
    """
    weights, points = layers(seed), seed.fork("points").normal(4, 6, 3)
    mask = seed.fork("mask").uniform(4, 6) > 0.5
    mask[:, 2] = True
    for given, kept in ((None, torch.ones(4, 6).bool()), (mask, mask), (torch.ones(4, 6).bool(),) * 2):
        came = submission.play(plays.point_encoder, weights, points, given)
        for i in range(4):
            mu, log_var = encoded(weights, points[i, kept[i]])
            near(came["mu"][i], mu, f"mu of set {i}")
            near(came["log_var"][i], log_var, f"log_var of set {i}")
    mask[3] = False
    with raises(ValueError):
        submission.play(plays.point_encoder, weights, points, mask)
