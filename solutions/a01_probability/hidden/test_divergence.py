"""Hidden checks of fits and distances: integrals on a grid, scipy's distances, matrix roots."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from scipy.spatial.distance import jensenshannon
from scipy.special import logsumexp
from scipy.stats import norm
from torch import Tensor

from autograder.checks import Seed, close, expect, task

from .. import plays
from ..quadrature import normal_nodes
from .fresh import EXACT, LONG, answers, between, covariance, exactly, expect_alike

GRID = np.linspace(-40, 40, 8001)  # a sum over it is exact for smooth densities


def a_mixture(seed: Seed, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return a mixture on the line whose weights do not sum to 1."""
    return (
        seed.fork("w").normal(k) - 2,
        3 * seed.fork("means").normal(k),
        between(seed.fork("stds"), 0.4, 2, k),
    )


def log_density(x: np.ndarray, log_weights: Tensor, means: Tensor, stds: Tensor) -> np.ndarray:
    """Return the log-density of a mixture at many points."""
    log_w = log_weights.numpy() - logsumexp(log_weights.numpy())
    terms = [w + norm(m, s).logpdf(x) for w, m, s in zip(log_w, means.numpy(), stds.numpy(), strict=True)]
    return logsumexp(np.stack(terms), axis=0)


# -------------------- 6.1 fits
@task("fits", gate=True)
def test_fit_is_an_answer_at_all(submission, seed):
    """The mean of the fit goes with the place of a narrow mixture"""
    place = 5 * seed.fork("place").normal(14)

    def mean_at(i: int) -> Tensor:
        mixture = exactly(0, 0.1), place[i] + exactly(-0.1, 0.1), exactly(0.3, 0.3)
        return submission.divergence.forward_fit(*mixture)[0]

    expect_alike(answers(14, mean_at), place)


@task("fits", weight=2)
@settings(max_examples=6)
@given(k=st.integers(1, 5), n=st.integers(0, 10**6))
def test_forward_fit_has_the_moments(submission, k, n):
    """Mean and deviation of the fit are those of the mixture, integrated on a grid

    The forward fit has mean and variance of the mixture: the mean of the variances plus the spread of the
    means, weighted.
    """
    mixture = a_mixture(Seed(n), k)
    p = np.exp(log_density(GRID, *mixture))
    p /= p.sum()
    mean = (p * GRID).sum()
    std = math.sqrt((p * (GRID - mean) ** 2).sum())
    came = submission.divergence.forward_fit(*mixture)
    close(came, (exactly(mean)[0], exactly(std)[0]), rtol=1e-6, atol=1e-7, what="mean and deviation")


@task("fits", weight=2)
@settings(max_examples=6)
@given(k=st.integers(1, 4), mean=st.floats(-3, 3), std=st.floats(0.3, 2), n=st.integers(0, 10**6))
def test_reverse_kl_on_a_grid(submission, k, mean, std, n):
    """The reverse KL is that of a sum over a fine grid

    E_q[log q - log p] with x = mean + std z: the nodes' weights are those of z, and log p is of the
    normalised mixture.
    """
    mixture, (nodes, quadrature) = a_mixture(Seed(n), k), normal_nodes(801)
    log_q = norm(mean, std).logpdf(GRID)
    q = np.exp(log_q)
    expected = (q * (log_q - log_density(GRID, *mixture))).sum() / q.sum()
    came = submission.divergence.reverse_kl(exactly(mean)[0], exactly(std)[0], *mixture, nodes, quadrature)
    close(came, exactly(expected)[0], rtol=1e-6, atol=1e-7, what="the reverse KL")


@task("fits")
def test_reverse_kl_by_hand(submission, seed):
    """With few nodes and any weights it is their weighted sum, term by term

    Try few nodes with weights of your own: the weighted sum of log q - log p, and nothing else.
    """
    mixture, nodes = a_mixture(seed, 3), seed.fork("nodes").normal(5)
    quadrature = between(seed.fork("q"), 0.1, 1, 5)
    quadrature = quadrature / quadrature.sum()
    mean, std = 0.7, 1.6
    x = (mean + std * nodes).numpy()
    terms = norm(mean, std).logpdf(x) - log_density(x, *mixture)
    came = submission.divergence.reverse_kl(exactly(mean)[0], exactly(std)[0], *mixture, nodes, quadrature)
    close(came, (quadrature * torch.from_numpy(terms)).sum(), rtol=LONG, atol=1e-9, what="the reverse KL")


@task("fits")
def test_reverse_kl_has_slopes(submission, seed):
    """Its derivatives by mean and std are those of finite differences

    Gradients must reach mean and std through the nodes mean + std z: nothing is detached on the way.
    """
    mixture, (nodes, quadrature) = a_mixture(seed, 3), normal_nodes()
    z, q, h = nodes.numpy(), quadrature.numpy(), 1e-5

    def kl(mean: float, std: float) -> float:
        x = mean + std * z
        return float((q * (norm(mean, std).logpdf(x) - log_density(x, *mixture))).sum())

    found = submission.play(
        plays.reverse_kl_with_slopes, exactly(0.4)[0], exactly(1.3)[0], *mixture, nodes, quadrature
    )
    both = found["by mean"], found["by std"]
    expect(all(isinstance(slope, Tensor) for slope in both), "no gradient passes to mean or std")
    by_mean, by_std = (
        (kl(0.4 + h, 1.3) - kl(0.4 - h, 1.3)) / (2 * h),
        (kl(0.4, 1.3 + h) - kl(0.4, 1.3 - h)) / (2 * h),
    )
    close(torch.stack(both), exactly(by_mean, by_std), rtol=1e-5, atol=1e-6, what="the slopes")


@task("fits")
def test_fits_know_tiny_weights(submission):
    """A component of log-weight -1000 moves nothing where it is not, and is all there is where it is

    Try log-weights of -1000: exp of them is 0, so stay with logarithms and logsumexp, relative to the
    largest.
    """
    faint = exactly(0, -1000), exactly(0, 200), exactly(1, 1)
    fit = submission.divergence.forward_fit(*faint)
    close(fit, (exactly(0)[0], exactly(1)[0]), rtol=EXACT, atol=1e-12, what="mean and deviation")
    nodes, quadrature = normal_nodes()
    kl = submission.divergence.reverse_kl(exactly(200)[0], exactly(1)[0], *faint, nodes, quadrature)
    close(kl, exactly(1000)[0], rtol=LONG, what="the reverse KL at the faint component")


# -------------------- 6.2 distances
@task("distances", gate=True)
def test_js_is_an_answer_at_all(submission, seed):
    """Laws that differ more are further apart"""
    share, q = between(seed, 0.02, 0.98, 14), exactly(0.01, 0.99)
    p = torch.stack([share, 1 - share], 1)
    expect_alike(answers(14, lambda i: submission.divergence.js_divergence(p[i], q)), share)


@task("distances", weight=2)
@settings(max_examples=12)
@given(dims=st.lists(st.integers(1, 4), max_size=2), n=st.integers(2, 6), s=st.integers(0, 10**6))
def test_js_is_the_square_of_scipys(submission, dims, n, s):
    """JS is the square of scipy's distance, for any axes before, with zeros here and there

    Compare with scipy.spatial.distance.jensenshannon squared, along the last axis: several axes before it,
    and zeros.
    """
    p, q = (between(Seed(s).fork(name), -0.5, 1, *dims, n).clamp(min=0) for name in "pq")
    p, q = ((v + exactly(*[0.0] * (n - 1), 0.1)) for v in (p, q))
    p, q = p / p.sum(-1, keepdim=True), q / q.sum(-1, keepdim=True)
    expected = torch.from_numpy(np.asarray(jensenshannon(p.numpy(), q.numpy(), axis=-1) ** 2))
    close(submission.divergence.js_divergence(p, q), expected, rtol=LONG, atol=1e-10, what="JS")


@task("distances")
def test_js_between_its_bounds(submission, seed):
    """Disjoint laws have log 2, equal ones 0, and zeros on either side make no nan

    0 log 0 is 0: torch.special.entr or xlogy. Disjoint laws give log 2, equal ones 0.
    """
    p = torch.eye(4, dtype=torch.float64)
    close(submission.divergence.js_divergence(p, p), 0 * p[0], atol=1e-12, what="JS of equal laws")
    other = p.roll(1, 0)
    close(
        submission.divergence.js_divergence(p, other),
        0 * p[0] + math.log(2),
        rtol=EXACT,
        what="JS of disjoint laws",
    )
    half = exactly([0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0])
    came = submission.divergence.js_divergence(half, p[:2])
    expected = torch.tensor(
        [jensenshannon(a, b) ** 2 for a, b in zip(half.numpy(), p[:2].numpy(), strict=True)]
    )
    close(came, expected, rtol=LONG, what="JS of laws with zeros")


@task("distances", weight=2)
@settings(max_examples=10)
@given(d=st.integers(1, 6), n=st.integers(0, 10**6))
def test_w2_by_matrix_roots(submission, d, n):
    """The squared distance is that of scipy's matrix roots

    tr(A + B - 2 (A^1/2 B A^1/2)^1/2): try covariances that do not commute, and differing means.
    """
    (m_a, m_b), (c_a, c_b) = Seed(n).fork("m").normal(2, d), covariance(Seed(n), 2, d)
    root = sqrtm(c_a.numpy()).real
    middle = np.trace(sqrtm(root @ c_b.numpy() @ root).real)
    expected = (m_a - m_b).square().sum() + c_a.trace() + c_b.trace() - 2 * middle
    came = submission.divergence.gaussian_w2_squared(m_a, c_a, m_b, c_b)
    close(came, expected, rtol=LONG, atol=1e-8, what="the squared distance")
    expect(not came.is_complex(), "the squared distance is complex")


@task("distances")
def test_w2_where_covariances_commute(submission, seed):
    """Along common axes deviations are compared one by one, also where some are 0

    Along common axes each coordinate adds (s - s')^2. Try deviations of 0: roots of rounded eigenvalues below
    0 are NaN.
    """
    Q, _ = torch.linalg.qr(seed.fork("Q").normal(4, 4))
    a, b = between(seed.fork("a"), 0.5, 2, 4), between(seed.fork("b"), 0.5, 2, 4)
    zero = exactly(0, 0, 0, 0)
    came = submission.divergence.gaussian_w2_squared(zero, Q * a**2 @ Q.T, zero, Q * b**2 @ Q.T)
    close(came, (a - b).square().sum(), rtol=LONG, atol=1e-9, what="the squared distance")
    a, b = a * exactly(0, 1, 1, 1), b * exactly(1, 0, 1, 1)
    came = submission.divergence.gaussian_w2_squared(zero, Q * a**2 @ Q.T, zero, Q * b**2 @ Q.T)
    traces = (a**2).sum() + (b**2).sum()
    close(
        came, (a - b).square().sum(), atol=1e-6 * traces.item(), what="the squared distance"
    )  # roots of roundings


@task("distances")
def test_w2_of_laws_without_spread(submission, seed):
    """Two points are as far apart as they are, and a law is 0 away from itself

    Try covariances of zeros: two points are as far apart as their means, and a law is 0 from itself.
    """
    a, b = seed.fork("a").normal(3), seed.fork("b").normal(3)
    none, cov = torch.zeros(3, 3).double(), covariance(seed, 3)
    w2 = submission.divergence.gaussian_w2_squared
    close(w2(a, none, b, none), (a - b).square().sum(), rtol=1e-6, what="the squared distance of points")
    close(w2(a, cov, b, cov), (a - b).square().sum(), rtol=LONG, atol=1e-9, what="that of equal covariances")
    close(w2(a, none, a, cov), cov.trace(), atol=1e-6 * cov.trace().item(), what="that of a point and a law")
