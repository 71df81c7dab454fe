"""Hidden checks of mixtures: scipy's densities one by one, finite differences, and Bayes on a grid."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import norm
from torch import Tensor

from autograder.checks import Seed, close, expect, task

from ..tests.near import OF_COMPONENTS
from .fresh import EXACT, LONG, SINGLE, TINY, between, exactly, expect_alike

LOG_2PI = math.log(2 * math.pi)


def a_mixture(seed: Seed, k: int, d: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return a mixture whose weights do not sum to 1."""
    log_weights = 2 * seed.fork("weights").normal(k) + 3
    return log_weights, 2 * seed.fork("means").normal(k, d), between(seed.fork("stds"), 0.3, 1.5, k)


def log_joint(x: Tensor, log_weights: Tensor, means: Tensor, stds: Tensor) -> Tensor:
    """Return log(w_k p_k(x)) from scipy's densities, component by component."""
    log_w = log_weights.numpy() - logsumexp(log_weights.numpy())
    columns = [
        weight + norm(mean, std).logpdf(x.numpy()).sum(1)
        for weight, mean, std in zip(log_w, means.numpy(), stds.numpy(), strict=True)
    ]
    return torch.from_numpy(np.stack(columns, axis=1))


# -------------------- 4.1 mixture
@task("mixture", gate=True)
def test_density_is_an_answer_at_all(submission, seed):
    """The log-density falls with the distance from a single component"""
    x = 3 * seed.normal(60, 2)
    log_prob = submission.mixture.mixture_log_prob(x, exactly(0), exactly([0, 0]), exactly(1))
    expect_alike(log_prob, x.square().sum(1), x.norm(dim=1))


@task("mixture", weight=3)
@settings(max_examples=12)
@given(b=st.integers(1, 6), k=st.integers(1, 6), d=st.integers(1, 5), n=st.integers(0, 10**6))
def test_mixture_is_that_of_scipy(submission, b, k, d, n):
    """Log-joint, density and responsibilities are those of scipy's densities, for any sizes

    Compare with scipy's densities for several components and dimensions: log-joint, log-density and
    responsibilities.
    """
    mixture, x = a_mixture(Seed(n), k, d), 2 * Seed(n).fork("x").normal(b, d)
    expected = log_joint(x, *mixture)
    joint = submission.mixture.component_log_joint(x, *mixture)
    close(joint, expected, rtol=EXACT, atol=EXACT, what="the log-joint", axes=OF_COMPONENTS)
    log_prob = submission.mixture.mixture_log_prob(x, *mixture)
    close(log_prob, expected.logsumexp(1), rtol=EXACT, atol=EXACT, what="log p")
    r = submission.mixture.responsibilities(x, *mixture)
    close(r, expected.softmax(1), rtol=LONG, atol=TINY, what="the responsibilities", axes=OF_COMPONENTS)


@task("mixture", weight=2)
def test_log_weights_of_any_size(submission, seed):
    """Log-weights that differ by thousands, and lie anywhere, are weighed with the densities

    Log-weights need not be normalised: try ones that differ by thousands or are all near 1000.
    """
    means, stds = exactly([-60], [0], [70]), exactly(1, 0.5, 2)
    x = exactly([-60], [0.3], [70], [5], [-30])
    for offset in (0.0, 5000.0, -5000.0):
        mixture = exactly(0, -1500, -1000) + offset, means, stds
        expected = log_joint(x, *mixture)
        log_prob = submission.mixture.mixture_log_prob(x, *mixture)
        close(log_prob, expected.logsumexp(1), rtol=EXACT, what="log p")
        r = submission.mixture.responsibilities(x, *mixture)
        close(r, expected.softmax(1), rtol=1e-6, atol=1e-9, what="the responsibilities", axes=OF_COMPONENTS)


@task("mixture")
def test_components_that_are_absent(submission, seed):
    """Components of log-weight -inf change nothing, and have the log-joint -inf

    Try a log-weight of -inf: that component changes nothing, and -inf minus -inf must not arise.
    """
    (log_weights, means, stds), x = a_mixture(seed, 4, 2), seed.fork("x").normal(3, 2)
    log_weights = log_weights.index_fill(0, torch.tensor([1]), -math.inf)
    kept = torch.tensor([0, 2, 3])
    joint = submission.mixture.component_log_joint(x, log_weights, means, stds)
    expected = log_joint(x, log_weights[kept], means[kept], stds[kept])
    close(joint[:, kept], expected, rtol=EXACT, atol=EXACT, what="the log-joint", axes=OF_COMPONENTS)
    expect((joint[:, 1] == -math.inf).all(), "the absent component has a finite log-joint")
    log_prob = submission.mixture.mixture_log_prob(x, log_weights, means, stds)
    close(log_prob, expected.logsumexp(1), rtol=EXACT, atol=EXACT, what="log p")


@task("mixture")
def test_mixture_in_single_precision(submission, seed):
    """Points in float32 with a mixture in float64, and the other way round: x's dtype comes back

    Float32 points with a float64 mixture, and the reverse: work in the wider dtype, return that of x.
    """
    mixture, x = a_mixture(seed, 3, 4), 5 * seed.fork("x").normal(4, 4)
    low = x.float()
    expected = log_joint(low.double(), *mixture)
    for came, want in (
        (submission.mixture.component_log_joint(low, *mixture), expected),
        (submission.mixture.mixture_log_prob(low, *mixture), expected.logsumexp(1)),
        (submission.mixture.responsibilities(low, *mixture), expected.softmax(1)),
    ):
        expect(came.dtype == torch.float32, f"for points in float32 the result is {came.dtype}")
        close(came, want, rtol=1e-6, atol=1e-7, what="the result in float32")
    flat = math.exp(-0.001) / math.sqrt(2 * math.pi)  # a density of about 1, whose logarithm is about 0
    x_flat = torch.linspace(0, 0.01, 9)[:, None]
    came = submission.mixture.mixture_log_prob(x_flat, exactly(0, 0), exactly([0], [0]), exactly(flat, flat))
    expected = 0.001 - 0.5 * (x_flat[:, 0].double() / flat) ** 2
    close(came, expected, rtol=3e-6, what="log p where it is nearly 0")
    narrow = [value.float() for value in mixture]
    came = submission.mixture.mixture_log_prob(x, *narrow)
    expect(came.dtype == torch.float64, f"for points in float64 the result is {came.dtype}")
    expected = log_joint(x, *(value.double() for value in narrow)).logsumexp(1)
    close(came, expected, rtol=EXACT, what="log p")


@task("mixture")
def test_mixture_of_many_components_far_away(submission, seed):
    """50 components in 20 dimensions, seen from 100 and from 1e5 deviations away

    Try points 100 and 1e5 deviations away: log_softmax and logsumexp, no exp of log-densities.
    """
    mixture = a_mixture(seed, 50, 20)
    for distance in (1e2, 1e5):
        x = distance * seed.fork("x").normal(3, 20)
        expected = log_joint(x, *mixture)
        log_prob = submission.mixture.mixture_log_prob(x, *mixture)
        close(log_prob, expected.logsumexp(1), rtol=LONG, what="log p")
        r = submission.mixture.responsibilities(x, *mixture)
        close(r.sum(1), torch.ones(3).double(), rtol=EXACT, what="the sum of the responsibilities")


# -------------------- 4.2 tweedie
GRID = torch.linspace(-14, 14, 5601, dtype=torch.float64)


def bayes_on_a_grid(x: float, sigma: float, mixture: tuple[Tensor, ...]) -> tuple[float, float]:
    """Return mean and variance of x0 given x = x0 + sigma noise on the line, by summing over a grid of x0."""
    log_p = log_joint(GRID[:, None], *mixture).logsumexp(1) - 0.5 * ((x - GRID) / sigma) ** 2
    p = log_p.softmax(0)
    mean = (p * GRID).sum()
    return mean.item(), (p * (GRID - mean) ** 2).sum().item()


@task("tweedie", gate=True)
def test_score_is_an_answer_at_all(submission, seed):
    """The score points to the nearer of two modes, whichever side of it x is"""
    x = between(seed, -4.5, 4.5, 80, 1)
    score = submission.mixture.mixture_score(x, exactly(0, 0), exactly([-3], [3]), exactly(1, 1))
    expect_alike(score, 3 * x.sign() - x)


@task("tweedie", weight=2)
@settings(max_examples=6)
@given(b=st.integers(1, 4), k=st.integers(1, 5), d=st.integers(1, 4), n=st.integers(0, 10**6))
def test_score_by_finite_differences(submission, b, k, d, n):
    """The score is the slope of scipy's log-density along every axis

    The score is the gradient of the log-density at x under covariance + sigma^2 I: compare with small
    differences along each axis.
    """
    mixture, x = a_mixture(Seed(n), k, d), 1.5 * Seed(n).fork("x").normal(b, d)
    h = 1e-5
    slopes = [
        (log_joint(x + h * e, *mixture).logsumexp(1) - log_joint(x - h * e, *mixture).logsumexp(1)) / (2 * h)
        for e in torch.eye(d, dtype=torch.float64)
    ]
    score = submission.mixture.mixture_score(x, *mixture)
    close(score, torch.stack(slopes, 1), rtol=1e-5, atol=1e-5, what="the score")  # of the differences


@task("tweedie", weight=3)
def test_denoiser_is_bayes_on_a_grid(submission, seed):
    """Mean and variance of x0 given x are those of Bayes' rule on a grid, at small and large noise

    Compute E[x0 | x] and Cov[x0 | x] by Bayes' rule on a grid, for small and large sigma.
    """
    mixture = a_mixture(seed, 3, 1)
    for sigma in (0.15, 0.5, 1.0, 2.5):
        x = exactly([-2.2], [0.4], [3.1])
        mean = submission.mixture.tweedie_mean(x, sigma, *mixture)
        cov = submission.mixture.tweedie_covariance(x, sigma, *mixture)
        expected = exactly(*(bayes_on_a_grid(value, sigma, mixture) for value in x[:, 0].tolist()))
        close(mean[:, 0], expected[:, 0], rtol=1e-6, atol=1e-7, what=f"E[x0 | x] at sigma = {sigma}")
        close(cov[:, 0, 0], expected[:, 1], rtol=1e-6, atol=1e-7, what=f"Var[x0 | x] at sigma = {sigma}")


@task("tweedie", weight=2)
@settings(max_examples=6)
@given(k=st.integers(1, 5), d=st.integers(1, 4), sigma=st.floats(0.1, 4), n=st.integers(0, 10**6))
def test_covariance_is_the_slope_of_the_mean(submission, k, d, sigma, n):
    """Cov[x0 | x] is sigma^2 times the Jacobian of E[x0 | x], and symmetric

    Cov[x0 | x] is sigma^2 times the Jacobian of E[x0 | x]: within components and between them.
    """
    mixture, x = a_mixture(Seed(n), k, d), 1.5 * Seed(n).fork("x").normal(3, d)
    r = log_joint(x, mixture[0], mixture[1], (mixture[2] ** 2 + sigma**2).sqrt()).softmax(1)
    gain = mixture[2] ** 2 / (mixture[2] ** 2 + sigma**2)
    centres = [mixture[1][j] + gain[j] * (x - mixture[1][j]) for j in range(k)]
    mean = sum(r[:, j, None] * centres[j] for j in range(k))
    came = submission.mixture.tweedie_mean(x, sigma, *mixture)
    close(came, mean, rtol=LONG, atol=1e-8, what="E[x0 | x]")
    cov = submission.mixture.tweedie_covariance(x, sigma, *mixture)
    expected = torch.zeros(3, d, d, dtype=torch.float64)
    for j in range(k):
        second = torch.einsum("bi,bm->bim", centres[j], centres[j]) + gain[j] * sigma**2 * torch.eye(d)
        expected += r[:, j, None, None] * second
    expected -= torch.einsum("bi,bm->bim", mean, mean)
    close(cov, expected, rtol=1e-6, atol=1e-7, what="Cov[x0 | x]")
    close(cov, cov.mT, atol=TINY, what="the covariance")


@task("tweedie")
def test_denoiser_of_one_component(submission, seed):
    """A single Gaussian has a denoiser on a line, and a covariance that does not depend on x

    With one component the mean is affine in x and the covariance does not depend on x.
    """
    mean, x, sigma = seed.fork("mean").normal(1, 3), seed.fork("x").normal(4, 3), 0.8
    one = exactly(-7), mean, exactly(1.5)
    gain = 1.5**2 / (1.5**2 + sigma**2)
    denoised = submission.mixture.tweedie_mean(x, sigma, *one)
    close(denoised, mean + gain * (x - mean), rtol=EXACT, atol=TINY, what="E[x0 | x]")
    cov = submission.mixture.tweedie_covariance(x, sigma, *one)
    expected = (gain * sigma**2 * torch.eye(3).double()).expand(4, 3, 3)
    close(cov, expected, rtol=EXACT, atol=TINY, what="Cov[x0 | x]")


@task("tweedie")
def test_denoiser_of_points_and_of_clean_points(submission, seed):
    """Points are averaged by their distance; without noise x itself is certain

    Try components without spread, and sigma = 0: points are averaged by distance, and a clean x is certain.
    """
    points, x = 2 * seed.fork("points").normal(6, 3), seed.fork("x").normal(4, 3)
    log_weights, zero = seed.fork("weights").normal(6), torch.zeros(6).double()
    for sigma in (0.4, 2.0):
        r = (log_weights - (x[:, None] - points).square().sum(-1) / (2 * sigma**2)).softmax(1)
        mean = submission.mixture.tweedie_mean(x, sigma, log_weights, points, zero)
        close(mean, r @ points, rtol=LONG, atol=1e-9, what="E[x0 | x]")
        cov = submission.mixture.tweedie_covariance(x, sigma, log_weights, points, zero)
        away = points - (r @ points)[:, None]
        close(cov, torch.einsum("bk,bki,bkj->bij", r, away, away), rtol=1e-6, atol=1e-8, what="Cov[x0 | x]")
    close(
        submission.mixture.tweedie_mean(x, 0.0, log_weights, points, zero + 1),
        x,
        rtol=EXACT,
        what="E[x0 | x]",
    )


@task("tweedie")
def test_tweedie_far_out_and_faint(submission, seed):
    """Far from all components, and near one of log-weight -1200, score and denoiser stay right

    Try x far from every component, and near one of log-weight -1200: responsibilities from logarithms.
    """
    faint = exactly(0, -1200), exactly([-60], [0]), exactly(1, 0.5)
    x = exactly([0.3])
    close(submission.mixture.mixture_score(x, *faint), exactly([-1.2]), rtol=LONG, what="the score")
    close(submission.mixture.tweedie_mean(x, 0.5, *faint), exactly([0.15]), rtol=LONG, what="E[x0 | x]")
    cov = submission.mixture.tweedie_covariance(x, 0.5, *faint)
    close(cov, exactly([[0.125]]), rtol=LONG, what="Cov[x0 | x]")
    mixture, far = a_mixture(seed, 4, 2), exactly([3e4, -1e4])
    score = submission.mixture.mixture_score(far, *mixture)
    r = log_joint(far, *mixture).softmax(1)[0]
    expected = sum(r[k] * (mixture[1][k] - far) / mixture[2][k] ** 2 for k in range(4))
    close(score, expected, rtol=LONG, what="the score far out")


@task("tweedie")
def test_tweedie_in_single_precision(submission, seed):
    """Points in float32 with a mixture in float64 give float32, right to its last digits

    Float32 points with a float64 mixture give float32, with its last digits right: convert at the end alone.
    """
    mixture, x = a_mixture(seed, 3, 1), exactly([-1.25], [0.5], [2.0])
    low = x.float()
    mean = submission.mixture.tweedie_mean(low, 0.75, *mixture)
    cov = submission.mixture.tweedie_covariance(low, 0.75, *mixture)
    score = submission.mixture.mixture_score(low, *mixture)
    expect(mean.dtype == cov.dtype == score.dtype == torch.float32, "float32 did not stay float32")
    expected = exactly(*(bayes_on_a_grid(value, 0.75, mixture) for value in x[:, 0].tolist()))
    close(mean[:, 0], expected[:, 0], rtol=SINGLE, atol=SINGLE, what="E[x0 | x]")
    close(cov[:, 0, 0], expected[:, 1], rtol=SINGLE, atol=SINGLE, what="Var[x0 | x]")


@task("tweedie")
def test_mixture_in_single_precision_at_points_in_double(submission, seed):
    """Points in float64 with a mixture in float32 give float64, worked out in float64

    Float64 points with a float32 mixture: the wider dtype does the work, the points' comes back.
    """
    x = seed.fork("x").normal(4, 2)
    narrow = [value.float() for value in a_mixture(seed, 3, 2)]
    wide = [value.double() for value in narrow]
    mixture = submission.mixture
    score, again = mixture.mixture_score(x, *narrow), mixture.mixture_score(x, *wide)
    close(score, again, rtol=EXACT, atol=TINY, what="the score")
    mean, again = mixture.tweedie_mean(x, 0.7, *narrow), mixture.tweedie_mean(x, 0.7, *wide)
    close(mean, again, rtol=EXACT, atol=TINY, what="E[x0 | x]")
    cov, again = mixture.tweedie_covariance(x, 0.7, *narrow), mixture.tweedie_covariance(x, 0.7, *wide)
    close(cov, again, rtol=EXACT, atol=TINY, what="Cov[x0 | x]")
    expect(score.dtype == mean.dtype == cov.dtype == torch.float64, "float64 did not stay float64")
