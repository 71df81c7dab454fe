"""Hidden checks of memory: fresh images by loops, curves by counting, ratios by scipy's densities."""

import math

import torch
from scipy import stats
from torch import Tensor

from autograder.checks import any_of, exactly, raises, task

from ..tests.near import near
from .fresh import expect_alike, not_the_input


def by_sorting(x: Tensor, training: Tensor, k: int) -> Tensor:
    """Return the ratios image by image."""
    ratios = []
    for one in x.double():
        apart = sorted(
            math.dist(one.flatten().tolist(), other.flatten().tolist()) for other in training.double()
        )
        near_ones = apart[:k]
        ratios.append(near_ones[0] * k / sum(near_ones) if sum(near_ones) else 0.0)
    return exactly(*ratios)


# -------------------- 2.1 copies
@task("copies", gate=True)
def test_ratios_are_an_answer_at_all(submission, seed):
    """Ratios go with fresh images"""
    training = seed.fork("training").normal(14, 5)
    x = torch.cat([training[:5] + 0.3 * seed.fork("near").normal(5, 5), 2 * seed.fork("x").normal(7, 5)])
    came = submission.copies.copy_ratio(x, training, 6)
    expect_alike(came, by_sorting(x, training, 6))
    not_the_input(came, x)


@task("copies", weight=3)
def test_fresh_images(submission, seed):
    """Fresh images, near and far, one by one: any axes, float32, k from 1 to N, exact copies

    The distance to the nearest over the mean distance to the k nearest, of which it is one: roots, over all
    pixels, and 0 where all k are 0.
    """
    for shape in ((3,), (2, 3, 2)):
        training = seed.fork(f"t{len(shape)}").normal(13, *shape)
        x = torch.cat([seed.fork(f"x{len(shape)}").normal(3, *shape), training[4:6], training[:1] + 0.01])
        for k in (1, 4, 13):
            came = submission.copies.copy_ratio(x, training, k)
            near(came, by_sorting(x, training, k), f"the ratios with k = {k}")
        near(submission.copies.copy_ratio(x, training), by_sorting(x, training, 10), "the ratios with k = 10")
        single = submission.copies.copy_ratio(x.float(), training.float())
        near(single, by_sorting(x.float(), training.float(), 10), "the ratios of float32 images")
    twice = training[[0, 0, 0, 1]]
    near(submission.copies.copy_ratio(twice, twice, 3), exactly(0, 0, 0, 0), "the ratios of copies")
    for bad in (x / 0 * 0, x[:0]):
        with raises(ValueError):
            submission.copies.copy_ratio(bad, training)
    with raises(ValueError):
        submission.copies.copy_ratio(x, training / 0 * 0)
    with raises(ValueError):
        submission.copies.copy_ratio(x, training, 14)


# -------------------- 2.2 membership
def by_thresholds(members: list[float], others: list[float], fpr: float) -> float:
    """Return the best true positive rate over all thresholds, infinity among them."""
    best = 0
    for t in (*members, *others, math.inf):
        if sum(s >= t for s in others) / len(others) <= fpr:
            best = max(best, sum(s >= t for s in members))
    return best / len(members)


@task("membership", gate=True)
def test_curves_are_an_answer_at_all(submission, seed):
    """Areas, rates or likelihood ratios go with fresh scores"""
    sets = [(seed.fork(f"m{i}").normal(20) + i / 2, seed.fork(f"o{i}").normal(15)) for i in range(-3, 4)]
    area = [stats.mannwhitneyu(m.numpy(), o.numpy()).statistic / 300 for m, o in sets]
    s, a, b = (seed.fork(name).normal(12) for name in "sab")
    one = torch.ones(12).double()
    any_of(
        lambda: expect_alike([submission.membership.auc(m, o) for m, o in sets], area),
        lambda: expect_alike(
            [submission.membership.tpr_at_fpr(m, o, 0.2) for m, o in sets],
            [by_thresholds(m.tolist(), o.tolist(), 0.2) for m, o in sets],
        ),
        lambda: expect_alike(
            submission.membership.likelihood_ratio_score(s, a, one, b, one),
            (s - b).square() - (s - a).square(),
        ),
    )


@task("membership", weight=3)
def test_fresh_curves(submission, seed):
    """Fresh scores with many ties, float32 too: areas by Mann and Whitney, rates by trying all thresholds

    Ties count one half in the area. Who has exactly the threshold is called a member, so equal scores go
    together, nothing is interpolated, and a threshold above all is allowed.
    """
    for n, m in ((9, 20), (17, 10), (1, 1)):
        members = (2 * seed.fork(f"m{n}").normal(n) + 1).round()
        others = (2 * seed.fork(f"o{n}").normal(m)).round()
        due = float(stats.mannwhitneyu(members.numpy(), others.numpy()).statistic) / (n * m)
        near(submission.membership.auc(members.float(), others.float()), due, "the area")
        for fpr in (0.0, 0.05, 0.1, 0.3, 0.7, 0.95, 1.0):
            due = by_thresholds(members.tolist(), others.tolist(), fpr)
            near(submission.membership.tpr_at_fpr(members, others, fpr), due, f"the rate at {fpr}")
    many, others = seed.fork("many").normal(60), seed.fork("other").normal(300) - 1
    due = by_thresholds(many.tolist(), others.tolist(), 0.01)
    near(submission.membership.tpr_at_fpr(many, others), due, "the rate at .01")
    for pair in ((many / 0 * 0, others), (many, others[:0])):
        with raises(ValueError):
            submission.membership.tpr_at_fpr(*pair)
        with raises(ValueError):
            submission.membership.auc(*pair)


@task("membership", weight=2)
def test_fresh_likelihood_ratios(submission, seed):
    """Fresh ratios are differences of scipy's log-densities; bad numbers raise ValueError

    log N(x; in) - log N(x; out), each with its own deviation: a difference of log-densities, with the
    logarithms of the deviations.
    """
    s, a, b = (4 * seed.fork(name).normal(7) for name in "sab")
    std_in, std_out = (seed.fork(name).uniform(7) + 0.1 for name in ("in", "out"))
    s[0] = 300.0
    due = stats.norm.logpdf(s.numpy(), a.numpy(), std_in.numpy())
    due = due - stats.norm.logpdf(s.numpy(), b.numpy(), std_out.numpy())
    came = submission.membership.likelihood_ratio_score(s, a, std_in, b, std_out)
    near(came, torch.from_numpy(due), "the ratios")
    for std in (-std_in, std_in * 0):
        with raises(ValueError):
            submission.membership.likelihood_ratio_score(s, a, std, b, std_out)
        with raises(ValueError):
            submission.membership.likelihood_ratio_score(s, a, std_in, b, std)
    args = [s, a, std_in, b, std_out]
    for i in range(5):
        bad = [one / 0 * 0 if i == j else one for j, one in enumerate(args)]
        with raises(ValueError):
            submission.membership.likelihood_ratio_score(*bad)
