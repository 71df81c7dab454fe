"""Public checks of audits: gaps between groups, calibration, and a threshold by theorem."""

import math

import torch

from autograder.checks import close, exactly, expect, raises, task

from .near import LONG, near, worked

THIRDS = exactly(1, 1, 1) / 3
FOUR = torch.tensor([0, 0, 1, 2])
RESAMPLES = torch.tensor([[0, 1, 2, 3], [0, 0, 0, 0], [3, 3, 2, 1], [1, 1, 2, 2], [0, 3, 0, 3]])
P, Y = exactly(0.1, 0.4, 0.5, 0.8, 0.9, 1), exactly(0, 1, 0, 1, 1, 1)


# -------------------- 6.1 group_gap
@task("group_gap", weight=2)
def test_worked_gaps(submission):
    """70, 20 and 10 against thirds have the gap 11/30; 50 and 50 against .3, .2, .3, .2 have .5"""
    labels = torch.tensor([0] * 70 + [1] * 20 + [2] * 10)
    hint = "Half the sum of absolute differences of shares."
    near(submission.fairness.group_gap(labels, THIRDS), 11 / 30, "the gap", hint)
    near(submission.fairness.group_gap(labels.flip(0), THIRDS), 11 / 30, "the gap of labels backwards", hint)
    halves = torch.tensor([0, 1]).repeat(50)
    hint = "Groups that nobody is in have the share 0, and still count."
    near(
        submission.fairness.group_gap(halves, exactly(0.3, 0.2, 0.3, 0.2)),
        0.5,
        "the gap of empty groups",
        hint,
    )


@task("group_gap", weight=2)
def test_worked_interval(submission):
    """Five resamples of 0, 0, 1, 2 have the gaps 1/6, 2/3, 1/6, 1/3, 1/3: 95 % from 1/6 to .6333333"""
    came = submission.fairness.bootstrap_interval(FOUR, THIRDS, RESAMPLES)
    hint = "The gap of each resample, then its quantiles (1 - level) / 2 and (1 + level) / 2."
    worked(came, (1 / 6, 19 / 30), "low and high", hint)
    came = submission.fairness.bootstrap_interval(FOUR, THIRDS, RESAMPLES, 0.5)
    worked(came, (1 / 6, 1 / 3), "low and high at level .5", hint)


@task("group_gap", weight=2)
def test_worked_pairs(submission):
    """8 decisions there and 2 back, of 40, have p = .109375, whichever way; none at all has 1"""
    before = torch.tensor([True] * 12 + [False] * 28)
    after = before.clone()
    after[:8], after[20:22] = False, True
    hint = "Only pairs that differ: a fair coin, thrown so often, both tails."
    for pair in ((before, after), (after, before)):
        near(submission.fairness.counterfactual_test(*pair), 0.109375, "the p-value", hint)
    near(submission.fairness.counterfactual_test(before, before), 1.0, "the p-value of no difference", hint)
    back = before.clone()
    back[11], back[12] = False, True
    near(
        submission.fairness.counterfactual_test(before, back), 1.0, "the p-value of one and one", "At most 1."
    )


@task("group_gap")
def test_labels_of_no_group(submission):
    """No labels, and labels below 0 or above the last group, raise ValueError"""
    for labels in (FOUR[:0], torch.tensor([0, 3]), torch.tensor([1, -1])):
        with raises(ValueError):
            submission.fairness.group_gap(labels, THIRDS)


# -------------------- 6.2 calibrate
@task("calibrate", weight=2)
def test_worked_errors(submission):
    """Six probabilities have the error .05 with 2 bins, .25 with 5 and with 10"""
    for args, due in (((2,), 0.05), ((5,), 0.25), ((), 0.25)):
        came = submission.calibration.calibration_error(P, Y, *args)
        hint = ".5 is in the first of two bins; each bin counts by the share of all that is in it."
        near(came, due, f"the error with {args[0] if args else 10} bins", hint)
    came = submission.calibration.calibration_error(exactly(0, 0, 1, 0.05), exactly(0, 1, 1, 0))
    near(came, (0.95 + 0) / 4, "the error of 0, 0, 1 and .05", "0 is in the first bin, 1 in the last.")


@task("calibrate")
def test_numbers_that_are_no_probabilities(submission):
    """Probabilities below 0 or above 1, and alpha outside of (0, 1), raise ValueError"""
    for p in (exactly(-0.1, 0.5), exactly(0.5, 1.1), exactly(0.5, math.nan)):
        with raises(ValueError):
            submission.calibration.calibration_error(p, exactly(0, 1))
    for alpha in (0.0, 1.0):
        with raises(ValueError):
            submission.calibration.conformal_threshold(P, alpha)


@task("calibrate", weight=2)
def test_worked_temperature(submission):
    """Logits of 2 that are right three times in four want T = 2 / ln 3 = 1.8204785; likelihood counts"""
    logits, y = exactly(2, -2, 2, 2), exactly(1, 0, 1, 0)
    came = submission.calibration.fit_temperature(logits, y)
    hint = "sigmoid(2 / T) = 3/4: logits are divided by T."
    close(came, 2 / math.log(3), rtol=1e-4, what="T", hint=hint)
    logits, y = 2 * math.log(2) * exactly(1, 1, 1, 2, 2, 2, 2, 2), exactly(0, 0, 0, 1, 1, 1, 1, 1)
    came = submission.calibration.fit_temperature(logits, y)
    hint = "T makes the mean of -log p least, not that of (p - y)^2."
    close(came, 2.0, rtol=1e-4, what="T of logits of two sizes", hint=hint)
    for truth, end in ((exactly(1, 0), 0.01), (exactly(0, 1), 100.0)):
        came = submission.calibration.fit_temperature(exactly(1, -1), truth)
        close(came, end, rtol=1e-3, what="T of answers that are all right, or all wrong", hint="0.01 to 100.")


@task("calibrate", weight=2)
def test_worked_thresholds(submission):
    """Of 9, 19, 1000 scores the 9th, 18th, 991st is the threshold for .1, .1, .01; 8 are too few: inf"""
    for n, alpha, k in ((9, 0.1, 9), (19, 0.1, 18), (1000, 0.01, 991), (99, 0.05, 95)):
        scores = (torch.arange(n) * 7 % n + 1.0).double()
        came = submission.calibration.conformal_threshold(scores, alpha)
        hint = "The k-th smallest, k = n + 1 - floor((n + 1) alpha); add 1e-9 before the floor."
        near(came, float(k), f"the threshold of {n} scores", hint, LONG)
    came = submission.calibration.conformal_threshold(torch.arange(8).double(), 0.1)
    expect(came == math.inf, f"the threshold of 8 scores is {came}; expected inf")
