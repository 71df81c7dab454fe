"""Public checks of probabilistic PCA: six points worked out by hand, and the likelihood at the optimum."""

import math

import torch
from torch.distributions import MultivariateNormal

from autograder.checks import close, raises, task

from .. import plays
from .numbers import IN_PLACE, exactly, expect_dtype, near, number, rows

SIX = rows((3, 0, 0), (-3, 0, 0), (0, 2, 0), (0, -2, 0), (0, 0, 1), (0, 0, -1))  # eigenvalues 3, 4/3, 1/3


# -------------------- 1.4 ppca
@task("ppca")
def test_six_points_by_hand(submission):
    """+-3 e1, +-2 e2, +-e3 and q = 1: noise 5/6, the mean of 4/3 and 1/3, and W = (sqrt(13/6), 0, 0)"""
    mean, W, variance = submission.ppca.ppca(SIX, 1)
    near(mean, exactly(0, 0, 0), "the mean")
    hint = "The covariance divides by n = 6; the noise is the mean of the d - q smallest eigenvalues."
    near(variance, number(5 / 6), "the noise variance", hint)
    hint = "W = U (Lambda - variance)^(1/2): a column's squared length is its eigenvalue less the noise."
    near(W, rows((math.sqrt(13 / 6),), (0,), (0,)), "W", hint)


@task("ppca")
def test_two_columns_of_six_points(submission):
    """With q = 2 the noise is 1/3, and the columns have squared lengths 8/3 and 1, the larger first"""
    _, W, variance = submission.ppca.ppca(SIX, 2)
    near(variance, number(1 / 3), "the noise variance")
    expected = rows((math.sqrt(8 / 3), 0), (0, 1), (0, 0))
    near(W, expected, "W", "eigh sorts the smallest first, and eigenvectors are columns.")


@task("ppca")
def test_given_noise_drowns_what_is_below_it(submission):
    """With variance 2 only eigenvalue 3 stands out: W has columns e1 and 0. With 0.0 nothing is subtracted"""
    _, W, variance = submission.ppca.ppca(SIX, 2, 2.0)
    near(variance, number(2), "the noise variance that was given")
    near(
        W,
        rows((1, 0), (0, 0), (0, 0)),
        "W",
        "Where the eigenvalue is below the noise the column is 0, not nan.",
    )
    _, W, variance = submission.ppca.ppca(SIX, 2, 0.0)
    near(variance, number(0), "the noise variance that was given", "0.0 is a number: compare with None.")
    near(W, rows((math.sqrt(3), 0), (0, math.sqrt(4 / 3)), (0, 0)), "W without noise")


@task("ppca")
def test_mean_and_signs(submission):
    """Points (4, -1), (-4, 1) around (10, 5): the mean comes back, and the largest entry of W is positive"""
    x = rows((4, -1), (-4, 1), (0, 0), (0, 0)) + exactly(10, 5)
    mean, W, variance = submission.ppca.ppca(x, 1)
    near(mean, exactly(10, 5), "the mean", "Subtract the mean before the covariance is formed.")
    near(variance, number(0), "the noise variance")
    near(W, math.sqrt(0.5) * rows((4,), (-1,)), "W", "Turn a column round whose largest |entry| is negative.")
    _, W, _ = submission.ppca.ppca(rows((1, -4), (-1, 4), (0, 0), (0, 0)), 1)
    near(W, math.sqrt(0.5) * rows((-1,), (4,)), "W of points along (1, -4)")
    _, W, _ = submission.ppca.ppca(SIX / 100, 1)
    near(W, rows((math.sqrt(13 / 6) / 100,), (0,), (0,)), "W of points near each other")


@task("ppca", weight=2)
def test_likelihood_is_the_largest(submission, seed):
    """The mean log-likelihood is -(d log 2 pi + log lambda_1..q + (d - q) log variance + d) / 2"""
    x = seed.normal(40, 5) @ seed.fork("mix").normal(5, 5) + 1
    mean, W, variance = submission.ppca.ppca(x, 2)
    covariance = W @ W.T + variance * torch.eye(5, dtype=torch.float64)
    actual = MultivariateNormal(mean, covariance).log_prob(x).mean()
    values = torch.linalg.svdvals(x - x.mean(0)).square() / 40  # the eigenvalues, the largest first
    logs = values[:2].log().sum() + 3 * values[2:].mean().log()
    near(actual, -0.5 * (5 * math.log(2 * math.pi) + logs + 5), "the mean log-likelihood")


@task("ppca")
def test_posterior_by_hand(submission):
    """W = (2, 1), mean (1, 0), noise 1: M = 6, and x = (4, 3) has posterior mean 9/6 and variance 1/6"""
    mean, covariance = submission.ppca.ppca_posterior(
        rows((4, 3), (1, 0)), exactly(1, 0), rows((2,), (1,)), number(1)
    )
    hint = "M = W^T W + variance I has q rows; the mean is M^-1 W^T (x - mean), the covariance variance M^-1."
    near(mean, rows((1.5,), (0,)), "the posterior means", hint)
    near(covariance, rows((1 / 6,)), "the covariance", hint)


@task("ppca")
def test_posterior_at_the_optimum(submission):
    """At the optimum of the six points, q = 2, the covariance is diagonal, variance / eigenvalue: 1/9, 1/4"""
    _, W, variance = submission.ppca.ppca(SIX, 2)
    means, covariance = submission.ppca.ppca_posterior(SIX, exactly(0, 0, 0), W, variance)
    near(covariance, rows((1 / 9, 0), (0, 1 / 4)), "the covariance")
    near(means[0], exactly(3 * math.sqrt(8 / 3) / 3, 0), "the posterior mean of 3 e1")


@task("ppca")
def test_q_must_leave_noise(submission):
    """q = 0 and q = d raise ValueError; float32 stays float32, and no argument is changed"""
    for q in (0, 3, -1):
        with raises(ValueError, hint=f"q = {q} of 3 dimensions must be refused."):
            submission.ppca.ppca(SIX, q)
    single = SIX.float()
    mean, W, variance = submission.ppca.ppca(single, 2)
    for value in (mean, W, variance, submission.ppca.ppca(single, 2, 0.5)[2]):
        expect_dtype(value, torch.float32)
    after = submission.play(plays.after_ppca, SIX, W.double(), variance.double())
    close(after, [SIX, W.double(), variance.double()], rtol=0, what="the arguments afterwards", hint=IN_PLACE)
