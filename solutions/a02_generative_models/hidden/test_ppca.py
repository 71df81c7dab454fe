"""Hidden checks of probabilistic PCA: by singular values, and by conditioning the joint Gaussian."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, any_of, close, expect, raises, task

from .fresh import EXACT, between, expect_alike

LONG = 1e-8  # eigenvectors lose digits where eigenvalues are near each other


def stretched(seed: Seed, n: int, d: int) -> Tensor:
    """Return points whose directions have clearly different variances, turned and moved."""
    scales = torch.arange(d, 0, -1, dtype=torch.float64) ** 1.5
    turn = torch.linalg.qr(seed.fork("turn").normal(d, d))[0]
    return (seed.normal(n, d) * scales) @ turn + 3 * seed.fork("mean").normal(d)


# -------------------- 1.4 ppca
@task("ppca", gate=True)
def test_ppca_is_an_answer_at_all(submission, seed):
    """W W^T resembles what varies most in fresh points, or the noise is what varies least"""
    x = stretched(seed, 30, 4) * 2
    _, W, variance = submission.ppca.ppca(x, 2)
    centred = x - x.mean(0)
    covariance = centred.T @ centred / 30
    raw = x.T @ x / 30
    least = torch.linalg.eigvalsh(covariance)[:2].mean()
    any_of(
        lambda: expect_alike(W @ W.T, covariance, raw, torch.linalg.inv(covariance)),
        lambda: close(variance, least, rtol=0.01, what="the variance of the noise"),
    )


@task("ppca", weight=2)
@settings(max_examples=8)
@given(d=st.integers(2, 6), extra=st.integers(2, 30), data=st.data(), n=st.integers(0, 10**6))
def test_ppca_by_singular_values(submission, d, extra, data, n):
    """Mean, W and variance are those of a singular value decomposition, for any q; signs as agreed

    Compare with a singular value decomposition of the centred points, for each q: eigenvalues by n, variance
    the mean of those left out, and in each column the largest entry positive.
    """
    q = data.draw(st.integers(1, d - 1))
    x = stretched(Seed(n), d + extra, d)
    mean, W, variance = submission.ppca.ppca(x, q)
    close(mean, x.mean(0), rtol=EXACT, atol=EXACT, what="the mean")
    _, s, vt = torch.linalg.svd((x - x.mean(0)) / len(x) ** 0.5, full_matrices=False)
    noise = s[q:].square().sum() / (d - q)
    close(variance, noise, rtol=EXACT, what="the variance")
    expected = vt[:q].T * (s[:q].square() - noise).clamp(min=0).sqrt()
    close(W @ W.T, expected @ expected.T, rtol=LONG, atol=LONG, what="W W^T")
    largest = W.gather(0, W.abs().argmax(0, keepdim=True))
    expect((largest >= 0).all(), "the largest entry of a column of W is negative")
    gram = W.T @ W
    lengths = (s[:q].square() - noise).clamp(min=0)
    close(gram, torch.diag(lengths), rtol=LONG, atol=LONG, what="W^T W")


@task("ppca")
def test_ppca_with_given_noise(submission, seed):
    """Columns below the given variance vanish, the others keep their eigenvalue less the variance

    With a given variance each column has sqrt(eigenvalue - variance), and 0 where the variance is the larger.
    """
    x = stretched(seed, 40, 5)
    values = torch.linalg.svdvals(x - x.mean(0)).square() / 40
    level = (values[1] + values[2]).item() / 2
    _, W, variance = submission.ppca.ppca(x, 4, level)
    close(variance, level, rtol=EXACT, what="the variance")
    expected = (values[:4] - level).clamp(min=0)
    close(W.square().sum(0), expected, rtol=LONG, atol=1e-12, what="the squared lengths of W's columns")


@task("ppca")
def test_ppca_of_few_points(submission, seed):
    """Three points in six dimensions: two eigenvalues, and with q = 2 no noise is left

    Try three points in six dimensions: eigenvalues that should be 0 may be rounded below it.
    """
    x = seed.normal(3, 6)
    _, W, variance = submission.ppca.ppca(x, 2)
    close(variance, 0.0, atol=1e-12, what="the variance")
    centred = x - x.mean(0)
    close(W @ W.T, centred.T @ centred / 3, rtol=LONG, atol=1e-7, what="W W^T")
    for q in (0, 6, 7):
        with raises(ValueError):
            submission.ppca.ppca(x, q)


@task("ppca", weight=2)
@settings(max_examples=8)
@given(d=st.integers(2, 6), q=st.integers(1, 4), n=st.integers(0, 10**6))
def test_posterior_by_conditioning(submission, d, q, n):
    """Posterior means and covariance are those of the joint Gaussian of x and z, for any W

    Condition the joint Gaussian of x and z: M = W^T W + variance I, mean M^-1 W^T (x - mean), covariance
    variance M^-1.
    """
    seed = Seed(n)
    W, mean, x = seed.fork("W").normal(d, q), seed.fork("mean").normal(d), seed.normal(3, d)
    variance = between(seed.fork("variance"), 0.2, 2, 1)[0]
    means, covariance = submission.ppca.ppca_posterior(x, mean, W, variance)
    inverse = torch.linalg.inv(W @ W.T + variance * torch.eye(d, dtype=torch.float64))
    close(means, (x - mean) @ inverse @ W, rtol=LONG, atol=LONG, what="the means")
    expected = torch.eye(q, dtype=torch.float64) - W.T @ inverse @ W
    close(covariance, expected, rtol=LONG, atol=LONG, what="the covariance")
