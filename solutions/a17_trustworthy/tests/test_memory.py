"""Public checks of memory: copies by the neighbourhood's scale, and attacks on membership by their curves."""

import math

import torch

from autograder.checks import exactly, expect_dtype, raises, task

from .near import near, rows, worked

TRAINING = rows(0, 0, 3, 0, 0, 4, 10, 10)
MEMBERS, OTHERS = exactly(3, 2, 2, 1), exactly(2, 1, 0)


# -------------------- 2.1 copies
@task("copies", weight=2)
def test_worked_ratios(submission):
    """Three points against four training points have the ratios .4188612, 0 and .8713665 with k = 3"""
    came = submission.copies.copy_ratio(rows(0, 1, 0, 0, 5, 5), TRAINING, k=3)
    hint = "The nearest distance over the mean of the k nearest, the nearest among them."
    worked(came, exactly(0.41886117, 0, 0.87136649), "the ratios", hint)


@task("copies", weight=2)
def test_images_and_their_scale(submission, seed):
    """Images of 1 x 2 x 3 have the ratios of their pixels in a row, and ten times as large the same"""
    x, training = seed.fork("x").normal(4, 1, 2, 3), seed.fork("training").normal(12, 1, 2, 3)
    came = submission.copies.copy_ratio(x, training)
    expect_dtype(submission.copies.copy_ratio(x.float(), training.float()), torch.float64)
    flat = submission.copies.copy_ratio(x.reshape(4, 6), training.reshape(12, 6), 10)
    near(came, flat, "the ratios", "All pixels of an image count, and k is 10 unless another is given.")
    scaled = submission.copies.copy_ratio(10 * x, 10 * training)
    near(scaled, came, "the ratios of 10 x", "A ratio of two distances has no scale: none is squared.")


@task("copies")
def test_exact_copies(submission):
    """A copy has the ratio 0, also of an image that is there k times: no 0/0"""
    often = torch.cat([torch.ones(3, 2), rows(5, 5, 7, 1)])
    came = submission.copies.copy_ratio(rows(1, 1, 7, 1, 4, 4), often, k=3)
    near(came[:2], exactly(0, 0), "the ratios of copies", "Where all k distances are 0 the ratio is 0.")


@task("copies")
def test_too_few_images(submission):
    """k > N raises ValueError, as do images that are not finite; k = N does not"""
    with raises(ValueError):
        submission.copies.copy_ratio(TRAINING, TRAINING, k=5)
    with raises(ValueError):
        submission.copies.copy_ratio(rows(0, math.nan), TRAINING, k=2)
    near(submission.copies.copy_ratio(TRAINING[:1], TRAINING, k=4), exactly(0), "the ratio of a copy")


# -------------------- 2.2 membership
@task("membership", weight=2)
def test_worked_area(submission):
    """Members 3, 2, 2, 1 against others 2, 1, 0: an area of .7916667, ties one half"""
    hint = "Over all pairs: 1 where the member is larger, 1/2 where both are equal."
    worked(submission.membership.auc(MEMBERS, OTHERS), 19 / 24, "the area", hint)
    near(submission.membership.auc(OTHERS, MEMBERS), 5 / 24, "the area with members and others exchanged")


@task("membership", weight=2)
def test_worked_rates(submission):
    """The same scores find .25, .75, .75 and 1 of the members at 0, 1/3, 1/2 and 1 false alarms"""
    for fpr, expected in ((0.0, 0.25), (1 / 3, 0.75), (0.5, 0.75), (1.0, 1.0)):
        came = submission.membership.tpr_at_fpr(MEMBERS, OTHERS, fpr)
        hint = "Thresholds are scores; at most this share of others is at or above them. Nothing in between."
        near(came, expected, f"the true positive rate at {fpr:.3g}", hint)
    near(submission.membership.tpr_at_fpr(OTHERS, MEMBERS, 0.0), 0.0, "the rate where no threshold will do")


@task("membership")
def test_one_in_a_hundred(submission):
    """Of 200 others two may be called members unless another rate is given: the third largest is the limit"""
    others, members = torch.arange(200).double(), exactly(150, 197, 197.5, 198, 199, 300)
    hint = "fpr = .01 unless another is given; a threshold at a score counts that score."
    near(submission.membership.tpr_at_fpr(members, others), 4 / 6, "the true positive rate", hint)


@task("membership")
def test_worked_likelihood_ratio(submission):
    """A score of .9 with N(.8, .1) in and N(.5, .2) out has the ratio 2.1931472; of equal laws it is 0"""
    args = [exactly(0.9, 0.3), exactly(0.8, 0.4), exactly(0.1, 0.5), exactly(0.5, 0.4), exactly(0.2, 0.5)]
    came = submission.membership.likelihood_ratio_score(*args)
    hint = "Logarithms of two normal densities; .1 and .2 are deviations, not variances."
    worked(came, exactly(1.5 + math.log(2), 0), "the ratios", hint)


@task("membership")
def test_scores_that_are_none(submission):
    """No scores, scores that are not finite, and deviations that are not positive raise ValueError"""
    for a, b in ((OTHERS[:0], OTHERS), (OTHERS, OTHERS[:0]), (OTHERS, exactly(1, math.nan))):
        with raises(ValueError):
            submission.membership.auc(a, b)
        with raises(ValueError):
            submission.membership.tpr_at_fpr(a, b)
    one = exactly(1)
    for std_in, std_out in ((one, 0 * one), (0 * one, one)):
        with raises(ValueError):
            submission.membership.likelihood_ratio_score(one, one, std_in, one, std_out)
