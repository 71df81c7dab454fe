"""Hidden checks of audits: gaps by counting, exact tests by scipy, thresholds by sorting."""

import math

import numpy as np
import torch
from scipy import optimize, stats
from torch import Tensor

from autograder.checks import any_of, close, exactly, expect, raises, task

from ..tests.near import LONG, near
from .fresh import expect_alike


def gap(labels: list[int], target: list[float]) -> float:
    """Return the share of labels that would have to change."""
    return sum(max(0.0, labels.count(i) / len(labels) - share) for i, share in enumerate(target))


def groups(seed, n: int, g: int) -> tuple[Tensor, Tensor]:
    """Return labels and a target whose shares add up to 1."""
    target = seed.fork("target").uniform(g) + 0.1
    return (g * seed.fork("labels").uniform(n) ** 2).long(), target / target.sum()


def decisions(seed, n: int, change: float) -> tuple[Tensor, Tensor]:
    """Return decisions before and after a change that turns some of them to True."""
    before = seed.fork("before").uniform(n) < 0.5
    return before, before ^ (seed.fork("after").uniform(n) < change * torch.where(before, 0.4, 1.0))


# -------------------- 6.1 group_gap
@task("group_gap", gate=True)
def test_audits_are_an_answer_at_all(submission, seed):
    """Gaps, intervals or p-values go with fresh labels and decisions"""
    sets = [groups(seed.fork(f"{i}"), 12, 4) for i in range(8)]
    rows = (12 * seed.fork("rows").uniform(20, 12)).long()
    pairs = [decisions(seed.fork(f"p{i}"), 30, 0.05 + i / 15) for i in range(8)]
    due = [gap(labels.tolist(), target.tolist()) for labels, target in sets]
    any_of(
        lambda: expect_alike([submission.fairness.group_gap(*one) for one in sets], due),
        lambda: expect_alike(
            [submission.fairness.bootstrap_interval(*one, rows, 0.1)[0] for one in sets], due
        ),
        lambda: expect_alike(
            [submission.fairness.counterfactual_test(*one) for one in pairs],
            [by_scipy(*one) for one in pairs],
        ),
    )


def by_scipy(before: Tensor, after: Tensor) -> float:
    """Return the exact p-value of a fair coin."""
    there, differ = int((before & ~after).sum()), int((before != after).sum())
    return float(stats.binomtest(there, differ).pvalue) if differ else 1.0


@task("group_gap", weight=3)
def test_fresh_gaps(submission, seed):
    """Fresh gaps by counting, and intervals from each resample, at any level; groups of nobody count

    Half the sum of |share - target|: a group of nobody has the share 0 and counts. The interval is of
    quantiles, linear between values, over the given resamples.
    """
    for n, g in ((9, 3), (25, 6), (4, 2)):
        labels, target = groups(seed.fork(f"{n}"), n, g)
        due = gap(labels.tolist(), target.tolist())
        near(submission.fairness.group_gap(labels, target), due, f"the gap of {g} groups")
        rows = (n * seed.fork(f"rows {n}").uniform(11, n)).long()
        gaps = [gap(labels[row].tolist(), target.tolist()) for row in rows]
        for level in (0.95, 0.8, 0.3):
            given = () if level == 0.95 else (level,)
            came = submission.fairness.bootstrap_interval(labels, target, rows, *given)
            ends = np.quantile(gaps, [0.5 - level / 2, 0.5 + level / 2])
            near(came, tuple(ends.tolist()), f"the interval at level {level}")
    one = submission.fairness.group_gap(torch.zeros(5).long(), exactly(0.2, 0.3, 0.5))
    near(one, 0.8, "the gap where all are in one group")
    for labels in (torch.tensor([0, 1, 2]), torch.tensor([-1, 0]), torch.tensor([], dtype=torch.long)):
        with raises(ValueError):
            submission.fairness.group_gap(labels, exactly(0.5, 0.5))


@task("group_gap", weight=2)
def test_fresh_pairs(submission, seed):
    """Fresh decisions have the p-values of scipy's exact test, both ways, few pairs and many

    Only pairs that differ count: twice the probability of the smaller side or less, at most 1, and 1 where
    none differs.
    """
    for n, change in ((15, 0.3), (200, 0.2), (6, 1.0), (3, 0.0)):
        before, after = decisions(seed.fork(f"{n}"), n, change)
        for pair in ((before, after), (after, before)):
            near(submission.fairness.counterfactual_test(*pair), by_scipy(*pair), f"the p-value of {n} pairs")


# -------------------- 6.2 calibrate
def by_bins(p: list[float], y: list[float], bins: int) -> float:
    """Return the calibration error bin by bin."""
    total = 0.0
    for i in range(bins):
        inside = [
            (a, b) for a, b in zip(p, y, strict=True) if i / bins < a <= (i + 1) / bins or (i == 0 and a == 0)
        ]
        total += abs(sum(a - b for a, b in inside)) / len(p)
    return total


def answers(seed, n: int, true: float) -> tuple[Tensor, Tensor]:
    """Return logits that are too large by the factor `true`, and what happened."""
    logits = 3 * seed.fork("logits").normal(n)
    return logits, (seed.fork("y").uniform(n) < torch.sigmoid(logits / true)).double()


def cheapest(logits: Tensor, y: Tensor) -> float:
    """Return the temperature with the least cost, by scipy's search over its logarithm."""

    def cost(log_t: float) -> float:
        z = logits.numpy() / math.exp(log_t)
        return float(np.mean(np.logaddexp(0, z) - y.numpy() * z))

    best = optimize.minimize_scalar(
        cost, bounds=(math.log(0.01), math.log(100)), method="bounded", options={"xatol": 1e-10}
    )
    return math.exp(best.x)


@task("calibrate", gate=True)
def test_calibration_is_an_answer_at_all(submission, seed):
    """Errors, temperatures or thresholds go with fresh answers"""
    sets = [answers(seed.fork(f"{i}"), 60, 0.5 + i / 2) for i in range(7)]
    probabilities = [torch.sigmoid(logits) for logits, _ in sets]
    scores = [seed.fork(f"s{i}").normal(40) + i for i in range(6)]
    any_of(
        lambda: expect_alike(
            [
                submission.calibration.calibration_error(p, y)
                for p, (_, y) in zip(probabilities, sets, strict=True)
            ],
            [by_bins(p.tolist(), y.tolist(), 10) for p, (_, y) in zip(probabilities, sets, strict=True)],
        ),
        lambda: expect_alike(
            [submission.calibration.fit_temperature(*one) for one in sets], [cheapest(*one) for one in sets]
        ),
        lambda: expect_alike(
            [submission.calibration.conformal_threshold(one, 0.2) for one in scores],
            [one.sort().values[32].item() for one in scores],
        ),
    )


@task("calibrate", weight=2)
def test_fresh_errors(submission, seed):
    """Fresh errors bin by bin, with any number of bins, float32 too; bad numbers raise ValueError

    p is the probability of y = 1: in each bin |mean p - share of y = 1|, weighted by its share of all. Bins
    are closed above, and 0 is in the first.
    """
    for n, bins in ((30, 7), (5, 3), (80, 16)):
        p = seed.fork(f"p{n}").uniform(n)
        y = (seed.fork(f"y{n}").uniform(n) < p**2).double()
        due = by_bins(p.tolist(), y.tolist(), bins)
        near(submission.calibration.calibration_error(p, y, bins), due, f"the error with {bins} bins")
        due = by_bins(p.float().tolist(), y.tolist(), 10)
        near(submission.calibration.calibration_error(p.float(), y.float()), due, "the error of float32")
    for bad in (p / 0 * 0, p[:0], p + 0.9, -p):
        with raises(ValueError):
            submission.calibration.calibration_error(bad, y[: len(bad)])


@task("calibrate", weight=2)
def test_fresh_temperatures(submission, seed):
    """Fresh answers want the temperature that scipy finds: too sure, too shy, and upside down

    T divides the logits, and lies in [.01, 100]: try answers that are too sure, too shy, and upside down,
    where the best T is an end.
    """
    for true in (2.5, 0.4, 1.0):
        logits, y = answers(seed.fork(f"{true}"), 300, true)
        came = submission.calibration.fit_temperature(logits, y)
        close(came, cheapest(logits, y), rtol=1e-4, what="T")
    close(
        submission.calibration.fit_temperature(-logits, y), 100.0, rtol=1e-3, what="T of answers upside down"
    )
    with raises(ValueError):
        submission.calibration.fit_temperature(logits / 0 * 0, y)


@task("calibrate", weight=2)
def test_fresh_thresholds(submission, seed):
    """So many scores are above a fresh threshold as alpha allows; scores with ties, float32, few scores

    The k-th smallest score with k = n + 1 - floor((n + 1) alpha), infinity for k > n, and no interpolation.
    Mind that (n + 1) alpha is rounded.
    """
    for n in (4, 19, 20, 137):
        scores = (3 * seed.fork(f"{n}").normal(n)).round() / 2
        for alpha in (0.01, 0.05, 0.1, 0.25, 0.3, 0.5, 0.9):
            allowed = max(i for i in range(n + 2) if i / (n + 1) <= alpha + 1e-12)
            due = sorted(scores.tolist(), reverse=True)[allowed - 1] if allowed else math.inf
            came = submission.calibration.conformal_threshold(scores.float(), alpha)
            if math.isinf(due):
                expect(came == math.inf, f"the threshold of {n} scores is {came}; expected inf")
            else:
                near(came, due, f"the threshold of {n} scores for {alpha}", within=LONG)
    for bad in (scores / 0 * 0, scores[:0]):
        with raises(ValueError):
            submission.calibration.conformal_threshold(bad, 0.1)
    for alpha in (-0.1, 0.0, 1.0, 2.0):
        with raises(ValueError):
            submission.calibration.conformal_threshold(scores, alpha)
