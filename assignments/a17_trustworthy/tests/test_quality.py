"""Public checks of distances between sets: moments from batches, a kernel, balls of neighbours."""

import itertools
import math

import torch

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import LONG, near, rows, worked

X, Y = rows(0, 0, 1, 0, 0, 2), rows(1, 1, 2, 0, 3, 3, 0, 1)
COV_Y = rows(5 / 3, 5 / 6, 5 / 6, 19 / 12)
LINE = torch.arange(10, dtype=torch.float64)[:, None]


# -------------------- 1.1 frechet
@task("frechet", weight=2)
def test_worked_moments(submission):
    """Four points have the mean (1.5, 1.25), variances 5/3 and 19/12, covariance 5/6, in any batches"""
    for batches in ([Y], [Y[:3], Y[3:]], [Y[:0], Y[:1], Y[1:1], Y[1:]]):
        mean, cov = submission.play(plays.moments, batches)
        near(mean, exactly(1.5, 1.25), "the mean", "Of all rows: a mean of batches' means is another one.")
        near(cov, COV_Y, "the covariance", "Around the mean of all rows, over n - 1.")


@task("frechet")
def test_mean_far_away(submission):
    """Points 1e8 away from the origin have the covariance they had, and float32 points 1e4 away too"""
    hint = (
        "Begin with the check before this one, if it fails. E[x x'] - m m' cancels here: merge sums of "
        "(x - mean)(x - mean)'."
    )
    _, cov = submission.frechet.mean_and_covariance([Y[:3] + 1e8, Y[3:] + 1e8])
    close(cov, COV_Y, rtol=1e-6, what="the covariance", hint=hint)
    _, cov = submission.frechet.mean_and_covariance([(Y[:2] + 1e4).float(), (Y[2:] + 1e4).float()])
    close(cov, COV_Y, rtol=1e-9, what="the covariance of float32 points", hint="Sums in float64.")


@task("frechet", weight=2)
def test_worked_distance(submission):
    """Those four points and three others are 2.7599399 apart; a set and itself 0"""
    came = submission.play(plays.frechet, [X], [Y[:3], Y[3:]])
    hint = "The squared distance, of covariances over n - 1. Each batch comes only once."
    worked(came, 2.75993991, "the distance", hint)
    close(submission.frechet.frechet_distance([Y], [Y]), 0.0, atol=1e-6, what="the distance to itself")


@task("frechet")
def test_line_that_ends_at_infinity(submission):
    """10 + 300 / N at N = 100, 200, 400 ends at 10"""
    sizes = exactly(100, 200, 400)
    hint = "A least-squares line over 1 / N; its value at 1 / N = 0."
    near(submission.frechet.fid_infinity(sizes, 10 + 300 / sizes), 10.0, "the value without end", hint, LONG)


@task("frechet")
def test_sets_without_covariance(submission):
    """Fewer than two rows, rows that are not finite, and a line through one size raise ValueError"""
    for batches in ([], [Y[:1], Y[:0]], [Y, rows(0, math.nan)]):
        with raises(ValueError):
            submission.frechet.mean_and_covariance(batches)
    with raises(ValueError):
        submission.frechet.fid_infinity(exactly(50, 50), exactly(1, 2))
    mean, _ = submission.frechet.mean_and_covariance([Y[:1], Y[1:2]])
    near(mean, exactly(1.5, 0.5), "the mean of two rows", "Two rows are enough.")
    near(submission.frechet.fid_infinity(exactly(50, 100), exactly(7, 4)), 1.0, "a line through two values")


# -------------------- 1.2 kid
@task("kid", weight=2)
def test_worked_kernel_distance(submission):
    """{(0,0), (1,0), (0,2)} and {(1,1), (2,0)} have the kernel distance 1.5416667"""
    hint = "(x . y / d + 1)^3; pairs of different rows within a set, all pairs between the sets."
    worked(submission.kid.kid(X, Y[:2]), 37 / 24, "kid", hint)


@task("kid", weight=2)
def test_no_bias(submission, seed):
    """The mean over all subsets of 3 of 5 and 2 of 4 rows is the distance of all 5 and 4"""
    x, y = seed.fork("x").normal(5, 3), seed.fork("y").normal(4, 3) + 0.5
    some = [
        submission.kid.kid(x[list(a)], y[list(b)])
        for a in itertools.combinations(range(5), 3)
        for b in itertools.combinations(range(4), 2)
    ]
    came = sum(some) / len(some)
    hint = "A row beside itself is left out, and then n (n - 1) pairs are left."
    near(came, submission.kid.kid(x, y), "the mean over subsets", hint)
    # For two rows on each side the formula is short enough to be written out.
    cubes = [(x[i] @ x[j] / 3 + 1) ** 3 for i, j in ((0, 1), (2, 3), (0, 2), (0, 3), (1, 2), (1, 3))]
    due = cubes[0] + cubes[1] - sum(cubes[2:]) / 2
    near(submission.kid.kid(x[:2], x[2:4]), due.item(), "kid of two and two rows", hint)


@task("kid")
def test_less_than_nothing(submission):
    """A set and itself have a negative distance, here -6.3055556; one row alone raises ValueError"""
    worked(
        submission.kid.kid(X, X), -227 / 36, "kid", "Do not clip: a negative estimate keeps the mean right."
    )
    for x, y in ((X[:1], Y), (X, Y[:1])):
        with raises(ValueError):
            submission.kid.kid(x, y)


# -------------------- 1.3 precision_recall
@task("precision_recall", weight=2)
def test_points_on_a_line(submission):
    """Reals 0..9, fakes .4, .6, 11.5, 21, 22.5: precision .6, recall 1, density 7/15, coverage .4"""
    fake = rows(0.4, 0.6, 11.5, 21, 22.5, width=1)
    came = submission.neighbours.precision_recall(LINE, fake)
    hint = "A ball reaches the k-th neighbour other than its centre; precision asks the balls of the reals."
    near(came, (0.6, 1.0), "precision and recall", hint)
    near(submission.neighbours.precision_recall(LINE, fake, k=2), (0.4, 1.0), "precision and recall, k = 2")
    came = submission.neighbours.density_coverage(LINE, fake, k=3)
    near(came, (7 / 15, 0.4), "density and coverage", "Balls of the reals only; density over k m.")


@task("precision_recall")
def test_sets_exchanged(submission):
    """With reals and fakes exchanged precision is 1 and recall .6, density 47/30 and coverage 1"""
    real = rows(0.4, 0.6, 11.5, 21, 22.5, width=1)
    near(submission.neighbours.precision_recall(real, LINE), (1.0, 0.6), "precision and recall")
    near(submission.neighbours.density_coverage(real, LINE, 3), (47 / 30, 1.0), "density and coverage")


@task("precision_recall")
def test_edges_belong_to_balls(submission):
    """Fakes on the very edge of balls are inside; so are copies of a point that is there often"""
    real, fake = rows(0, 1, 2, width=1), rows(3, 4, 5, width=1)
    hint = "Distances up to the radius, the radius included."
    near(
        submission.neighbours.precision_recall(real, fake, k=1), (1 / 3, 1 / 3), "precision and recall", hint
    )
    near(
        submission.neighbours.density_coverage(real, fake, k=1), (1 / 3, 1 / 3), "density and coverage", hint
    )
    often = torch.zeros(4, 2)
    near(submission.neighbours.precision_recall(often, often, 1), (1.0, 1.0), "precision and recall", hint)


@task("precision_recall")
def test_what_an_outlier_does(submission):
    """A real outlier at 100 makes fakes 50..59 precise: 1, with recall 0, density .2, coverage 1/11"""
    real, fake = torch.cat([LINE, rows(100, width=1)]), LINE + 50
    hint = (
        "A fake is precise if any real's ball holds it, near or far: the outlier's ball is large. Which "
        "balls is each fake looked for in?"
    )
    near(submission.neighbours.precision_recall(real, fake), (1.0, 0.0), "precision and recall", hint)
    near(submission.neighbours.density_coverage(real, fake), (0.2, 1 / 11), "density and coverage")
    five = torch.full((5, 1), 4.2)
    came = submission.neighbours.density_coverage(LINE, five)
    near(came, (2.0, 1.0), "density and coverage of five times 4.2", "k is 5 unless another is given.")


@task("precision_recall")
def test_too_few_neighbours(submission):
    """k = n raises ValueError, and k = m does for precision_recall; one less has balls"""
    few = LINE[:3] + 0.5
    for real, fake in ((few, LINE), (LINE, few)):
        with raises(ValueError):
            submission.neighbours.precision_recall(real, fake, k=3)
        expect(submission.neighbours.precision_recall(real, fake, k=2)[0] > 0, "precision is 0")
    with raises(ValueError):
        submission.neighbours.density_coverage(few, LINE, k=3)
    near(submission.neighbours.density_coverage(LINE, few, k=3)[1], 0.5, "coverage")
    near(submission.neighbours.density_coverage(few, few, k=2), (1.5, 1.0), "density and coverage")
