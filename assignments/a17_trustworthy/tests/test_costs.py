"""Tasks 1.2 and 2.2: time, in units of a yardstick. Bars show how far you are."""

import numpy as np
from scipy import stats
from sklearn.metrics.pairwise import polynomial_kernel
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays


def two_sets(seed: Seed) -> tuple[Tensor, Tensor]:
    """400 and 300 rows of 32 features."""
    return seed.fork("x").normal(400, 32), 0.2 + seed.fork("y").normal(300, 32)


def kernel_distance_is_right(came: float, _: object, args: tuple[Tensor, ...]) -> None:
    """The distance is that of scikit-learn's kernel."""
    tables = [
        polynomial_kernel(a.numpy(), b.numpy(), degree=3, gamma=1 / 32, coef0=1)
        for a, b in ((args[0], args[0]), (args[1], args[1]), (args[0], args[1]))
    ]
    within = [(one.sum() - np.trace(one)) / (one.size - len(one)) for one in tables[:2]]
    close(came, float(sum(within) - 2 * tables[2].mean()), rtol=1e-6, atol=1e-9, what="kid")


@task("kid")
def test_tables_at_once(speed):
    """400 and 300 rows cost at most 9 times as much as three products of matrices"""
    hint = "All pairs of two sets are one product of matrices: no loop over rows."
    speed("kid.kid", plays.three_products, two_sets, kernel_distance_is_right, hint)


def many_scores(seed: Seed) -> tuple[Tensor, Tensor]:
    """2,000 scores of members and as many of others."""
    return seed.fork("members").normal(2000) + 0.3, seed.fork("others").normal(2000)


def area_is_right(came: float, _: object, args: tuple[Tensor, ...]) -> None:
    """The area is Mann and Whitney's statistic over the number of pairs."""
    due = stats.mannwhitneyu(*(one.numpy() for one in args)).statistic / len(args[0]) / len(args[1])
    close(came, float(due), rtol=1e-9, what="the area")


@task("membership")
def test_area_by_sorting(speed):
    """4,000 scores cost at most 12 times as much as sorting them"""
    hint = "Sort the others, then torch.searchsorted: a table of all pairs has 4 million places."
    speed("membership.auc", plays.sorted_scores, many_scores, area_is_right, hint)
