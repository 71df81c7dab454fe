"""Hidden checks of scores of ensembles: fresh members pair by pair, an integral, and ranks by another way."""

import math

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from autograder.checks import any_of, close, expect, raises, task
from autograder.nearness import near, near_single

from .fresh import expect_alike


def pair_by_pair(x: list[float], y: float, fair: bool) -> float:
    """Return the score of members at one place, pair by pair."""
    m = len(x)
    pairs = sum(abs(a - b) for a in x for b in x) / (m * (m - 1 if fair else m)) if m > 1 else 0.0
    return sum(abs(a - y) for a in x) / m - pairs / 2


def scores(ensemble: Tensor, truth: Tensor, fair: bool) -> Tensor:
    """Return the scores of all places."""
    members = ensemble.reshape(len(ensemble), -1).T.tolist()
    values = [pair_by_pair(x, y, fair) for x, y in zip(members, truth.flatten().tolist(), strict=True)]
    return torch.tensor(values, dtype=torch.float64).view(truth.shape)


@task("ensemble_scores", gate=True)
def test_scores_are_an_answer_at_all(submission, seed):
    """Scores of fresh ensembles go with what they are, or ranks do"""
    ensemble, truth = seed.fork("x").normal(5, 12), 2 * seed.fork("y").normal(12)
    below = (ensemble < truth).sum(dim=0)
    counts = torch.tensor([(below == k).sum() for k in range(6)])
    any_of(
        lambda: expect_alike(submission.ensembles.crps(ensemble, truth), scores(ensemble, truth, True)),
        lambda: expect_alike(submission.ensembles.rank_histogram(ensemble, truth, truth * 0), counts),
    )


@task("ensemble_scores", weight=2)
def test_fresh_members(submission, seed):
    """Fresh members with ties, pair by pair, of two and of seven; and as an integral; float32

    Pairs are divided by m (m - 1), or by m^2 where it is not fair, and count one half; one member costs its
    distance. Try ties, and float32.
    """
    for m, dims in ((2, (3,)), (7, (2, 3, 2)), (3, ())):
        fork = seed.fork(f"{m}")
        ensemble = (2 * fork.fork("x").normal(m, *dims)).round() / 2 + 1
        truth = (fork.fork("y").normal(*dims) * 2).round() / 2
        for fair in (True, False):
            near(
                submission.ensembles.crps(ensemble, truth, fair),
                scores(ensemble, truth, fair),
                f"{m} members",
            )
        near_single(submission.ensembles.crps(ensemble.float(), truth.float()), scores(ensemble, truth, True))
    # The integral of (F(z) - [z >= y])², F the share of members at most z.
    members, y = seed.fork("six").normal(6), seed.fork("truth").normal(1)
    ends = torch.cat([members, y]).sort().values
    middles, lengths = (ends[1:] + ends[:-1]) / 2, ends.diff()
    share = (members[:, None] <= middles).double().mean(dim=0)
    expected = ((share - (middles >= y).double()) ** 2 * lengths).sum()
    near(submission.ensembles.crps(members[:, None], y, False)[0], expected, "crps as an integral")


@task("ensemble_scores")
def test_fresh_spread(submission, seed):
    """Fresh ensembles of two maps and of one, place by place; float32; one member is refused

    Variance of the members by m - 1, error of the ensemble mean: means of squares over places first, then
    roots, and sqrt((m + 1) / m) for the finite ensemble. One member is refused.
    """
    for m, dims in ((2, (2, 3, 4)), (5, (3, 4)), (3, (2, 1, 3, 2))):
        x, y = seed.fork(f"x{m}").normal(m, *dims), seed.fork(f"y{m}").normal(*dims)
        w = seed.fork(f"w{m}").uniform(dims[-2]) + 0.2
        places = x.numel() // m
        rows = w[:, None].expand(dims).flatten().tolist()
        variance = square = 0.0
        for weight, members, truth in zip(rows, x.flatten(1).T.tolist(), y.flatten().tolist(), strict=True):
            variance += weight * float(np.var(members, ddof=1)) / places
            square += weight * (sum(members) / m - truth) ** 2 / places
        expected = math.sqrt((m + 1) / m * variance / square)
        came = submission.ensembles.spread_skill(x, y, w)
        close(came, expected, rtol=1e-12, what=f"spread / error of {m} members")
        expect(isinstance(came, float), f"spread_skill returned a {type(came).__name__}; expected float")
        close(
            submission.ensembles.spread_skill(x.float(), y.float(), w), expected, rtol=1e-5, what="of float32"
        )
    with raises(ValueError):
        submission.ensembles.spread_skill(x[:1], y, w)


@task("ensemble_scores", weight=2)
def test_fresh_ranks(submission, seed):
    """Fresh ranks with many ties, by scipy's smallest and largest ranks and the lot between

    The members below, plus floor(u (equal + 1)) where some are equal: each place with its own u.
    """
    x, y = ((seed.fork(name).uniform(*size) * 3).floor() for name, size in (("x", (4, 5, 6)), ("y", (5, 6))))
    u = seed.fork("u").uniform(5, 6)
    both = torch.cat([y[None], x]).flatten(1).numpy()
    low, high = (rankdata(both, method=method, axis=0)[0] for method in ("min", "max"))
    ranks = low - 1 + np.floor(u.flatten().numpy() * (high - low + 1))
    expected = np.bincount(ranks.astype(int), minlength=5).tolist()
    came = submission.ensembles.rank_histogram(x, y, u)
    expect(came.tolist() == expected, f"the counts are {came.tolist()}; expected {expected}")
    came = submission.ensembles.rank_histogram(x.float() - 9, y.float(), u.float())
    expect(came.tolist() == [0, 0, 0, 0, 30], f"with all members below they are {came.tolist()}")
