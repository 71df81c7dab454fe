"""Hidden checks of Gaussians: scipy's density, eigenvalues, precision matrices, and joint laws."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .fresh import EXACT, LONG, TINY, answers, between, covariance, exactly, expect_alike

LOG_2PI = math.log(2 * math.pi)


def scipy_log_prob(x: Tensor, mean: Tensor, cov: Tensor) -> Tensor:
    """Return the log-densities as scipy has them, point by point."""
    rows = [multivariate_normal(m, c).logpdf(row) for row, m, c in zip(x, mean, cov, strict=True)]
    return torch.tensor(np.array(rows), dtype=torch.float64)


def kl_by_eigenvalues(m_q: Tensor, c_q: Tensor, m_p: Tensor, c_p: Tensor) -> Tensor:
    """Return KL(q || p) from the eigenvalues of c_p^-1 c_q."""
    inverse = torch.linalg.inv(c_p)
    ratios = torch.linalg.eigvals(inverse @ c_q).real
    away = m_q - m_p
    return 0.5 * ((ratios - 1 - ratios.log()).sum() + away @ inverse @ away)


# -------------------- 1.1 gaussian
@task("gaussian", gate=True)
def test_log_prob_is_an_answer_at_all(submission, seed):
    """The log-density falls with the distance from the mean"""
    x = 3 * seed.fork("x").normal(60, 2)
    log_prob = submission.gaussian.gaussian_log_prob(x, exactly([0, 0]), exactly([[2, 0.5], [0.5, 1]]))
    expect_alike(log_prob, -x.square().sum(1), x.norm(dim=1))


@task("gaussian", weight=2)
@settings(max_examples=10)
@given(
    b=st.integers(1, 5),
    d=st.integers(1, 6),
    one=st.sampled_from(["mean", "cov", "none"]),
    n=st.integers(0, 10**6),
)
def test_log_prob_is_that_of_scipy(submission, b, d, one, n):
    """For any numbers of points and coordinates the log-density is scipy's

    Compare with scipy.stats.multivariate_normal for correlated coordinates, other numbers of points and
    dimensions.
    """
    seed = Seed(n)
    x, mean, cov = 2 * seed.fork("x").normal(b, d), seed.fork("mean").normal(b, d), covariance(seed, b, d)
    mean = mean[:1] if one == "mean" else mean
    cov = cov[:1] if one == "cov" else cov
    log_prob = submission.gaussian.gaussian_log_prob(x, mean, cov)
    expected = scipy_log_prob(x, mean.expand(b, d), cov.expand(b, d, d))
    close(log_prob, expected, rtol=EXACT, atol=EXACT, what="log p")


@task("gaussian", weight=2)
@settings(max_examples=8)
@given(
    b=st.integers(1, 5),
    d=st.integers(1, 6),
    one=st.sampled_from(["mean", "cov", "none"]),
    n=st.integers(0, 10**6),
)
def test_samples_use_the_lower_factor(submission, b, d, one, n):
    """Whitening the samples forward, coordinate by coordinate, gives the noise back

    x = mean + L z with the lower Cholesky factor, row by row: L^T or a symmetric root has the right
    covariance and other samples.
    """
    seed = Seed(n)
    eps, mean, cov = seed.fork("eps").normal(b, d), seed.fork("mean").normal(b, d), covariance(seed, b, d)
    mean = mean[:1] if one == "mean" else mean
    cov = cov[:1] if one == "cov" else cov
    sample = submission.gaussian.gaussian_sample(mean, cov, eps)
    expect(sample.shape == (b, d), f"samples have shape {tuple(sample.shape)}; expected {(b, d)}")
    factors = np.linalg.cholesky(cov.expand(b, d, d).numpy())
    back = np.stack([np.linalg.solve(L, s) for L, s in zip(factors, (sample - mean).numpy(), strict=True)])
    close(torch.from_numpy(back), eps, rtol=EXACT, atol=EXACT, what="the noise")


@task("gaussian")
def test_gaussian_at_extreme_scales(submission, seed):
    """Coordinates in nanometres and in kilometres: only the log-determinant knows

    Try coordinates of deviations 1e-9 and 1e3: no determinant, no inverse; the factor's diagonal has the
    logarithm.
    """
    scales = exactly(1e-9, 1, 1e3)
    x, mean, cov = seed.fork("x").normal(4, 3), seed.fork("mean").normal(1, 3), covariance(seed, 3)
    plain = submission.gaussian.gaussian_log_prob(x, mean, cov[None])
    big = cov * scales * scales[:, None]
    scaled = submission.gaussian.gaussian_log_prob(x * scales, mean * scales, big[None])
    close(scaled, plain - scales.log().sum(), rtol=LONG, what="log p")
    long = submission.gaussian.gaussian_log_prob(
        torch.ones(1, 300).double(), torch.zeros(1, 300).double(), 1e4 * torch.eye(300).double()[None]
    )
    close(
        long,
        exactly(-0.5 * 300 * (1e-4 + math.log(1e4) + LOG_2PI)),
        rtol=EXACT,
        what="log p in 300 dimensions",
    )


@task("gaussian")
def test_gaussian_in_single_precision(submission, seed):
    """Points and noise in float32 with laws in float64 give float32, right to its last digit but one

    Float32 points with a law in float64: work in the wider dtype, return that of the points.
    """
    cov = covariance(seed, 2, 3)
    mean = seed.fork("mean").normal(2, 3)
    x = seed.fork("x").normal(2, 3).float()
    log_prob = submission.gaussian.gaussian_log_prob(x, mean, cov)
    sample = submission.gaussian.gaussian_sample(mean, cov, x)
    expect(log_prob.dtype == sample.dtype == torch.float32, "float32 did not stay float32")
    close(log_prob, scipy_log_prob(x.double(), mean, cov), rtol=1e-6, atol=1e-6, what="log p")
    wide = submission.gaussian.gaussian_sample(mean.float(), cov.float(), x.double())
    expect(wide.dtype == torch.float64, "float64 noise did not stay float64")


@task("gaussian")
def test_gaussian_refuses_singular_and_negative(submission, seed):
    """-I and a negative variance raise ValueError, whichever of the batch they are

    Try -I, and a batch in which one covariance is bad: ValueError each time, not torch's own error and not
    NaN.
    """
    good = covariance(seed, 3, 2)
    x, mean = seed.fork("x").normal(3, 2), seed.fork("mean").normal(3, 2)
    for at in range(3):
        bad = good.clone()
        bad[at] = -torch.eye(2)
        with raises(ValueError):
            submission.gaussian.gaussian_log_prob(x, mean, bad)
        with raises(ValueError):
            submission.gaussian.gaussian_sample(mean, bad, x)


# -------------------- 1.2 gaussian_kl
@task("gaussian_kl", gate=True)
def test_kl_is_an_answer_at_all(submission, seed):
    """The KL goes with the distance of the means, or with the ratio of the covariances"""
    means, one = 2 * seed.fork("means").normal(14, 2), torch.eye(2).double()
    ratios = between(seed.fork("ratios"), 0.2, 6, 14)
    kl = answers(14, lambda i: submission.gaussian.gaussian_kl(means[i], ratios[i] * one, 0 * means[i], one))
    squares = means.square().sum(1)
    spread = ratios - 1 - ratios.log()
    expect_alike(kl, spread + squares / 2, squares, spread, ratios, spread + squares / ratios, 1 / ratios)


@task("gaussian_kl", weight=2)
@settings(max_examples=10)
@given(d=st.integers(1, 6), n=st.integers(0, 10**6))
def test_kl_by_another_route(submission, d, n):
    """The KL is that from the eigenvalues of cov_p^-1 cov_q, in both directions

    KL is not symmetric: q's covariance stands in the trace, p's is inverted, and log det p - log det q comes
    with its sign.
    """
    seed = Seed(n)
    (m_q, m_p), (c_q, c_p) = seed.fork("m").normal(2, d), covariance(seed, 2, d)
    forth = submission.gaussian.gaussian_kl(m_q, c_q, m_p, c_p)
    close(forth, kl_by_eigenvalues(m_q, c_q, m_p, c_p), rtol=LONG, what="KL(q || p)")
    back = submission.gaussian.gaussian_kl(m_p, c_p, m_q, c_q)
    close(back, kl_by_eigenvalues(m_p, c_p, m_q, c_q), rtol=LONG, what="KL(p || q)")


@task("gaussian_kl", weight=2)
@settings(max_examples=8)
@given(d=st.integers(1, 8), n=st.integers(0, 10**6))
def test_entropy_by_eigenvalues(submission, d, n):
    """The entropy is the sum of those along the eigenvectors

    d/2 (1 + log 2 pi) + log det / 2. Try correlated coordinates and several dimensions.
    """
    cov = covariance(Seed(n), d)
    along = 0.5 * (torch.linalg.eigvalsh(cov).log() + 1 + LOG_2PI)
    close(submission.gaussian.gaussian_entropy(cov), along.sum(), rtol=EXACT, atol=EXACT, what="the entropy")


@task("gaussian_kl")
def test_kl_when_determinants_underflow(submission, seed):
    """In 200 dimensions with variances of 1e-4 and 1e4 determinants are 0 and infinite, results are not

    Try 200 dimensions with tiny and huge variances: take log-determinants from the Cholesky factors, never
    the determinant.
    """
    d, zero = 200, torch.zeros(200).double()
    small, large = 1e-4 * torch.eye(d).double(), 1e4 * torch.eye(d).double()
    entropy = submission.gaussian.gaussian_entropy(small)
    close(entropy, exactly(0.5 * d * (math.log(1e-4) + 1 + LOG_2PI))[0], rtol=EXACT, what="the entropy")
    kl = submission.gaussian.gaussian_kl(zero, small, zero, large)
    close(kl, exactly(0.5 * d * (1e-8 - 1 + math.log(1e8)))[0], rtol=EXACT, what="the KL")


@task("gaussian_kl")
def test_kl_obeys_the_chain_rule(submission, seed):
    """KL of independent parts is the sum of theirs

    Put independent parts together in one block-diagonal law: its KL is the sum of theirs.
    """
    (m_a, m_b), (c_a, c_b) = seed.fork("m").normal(2, 2), covariance(seed, 2, 2)
    (n_a, n_b), (e_a, e_b) = seed.fork("n").normal(2, 3), covariance(seed.fork("more"), 2, 3)
    kl = submission.gaussian.gaussian_kl
    joint = kl(
        torch.cat([m_a, n_a]), torch.block_diag(c_a, e_a), torch.cat([m_b, n_b]), torch.block_diag(c_b, e_b)
    )
    close(joint, kl(m_a, c_a, m_b, c_b) + kl(n_a, e_a, n_b, e_b), rtol=LONG, what="KL of the joint laws")


@task("gaussian_kl")
def test_kl_refuses_negative_variances(submission):
    """-1 as a variance raises ValueError everywhere

    Try a covariance with -1 on its diagonal, on either side and for the entropy: ValueError.
    """
    zero, good, bad = exactly(0), exactly([1]), exactly([-1])
    close(
        submission.gaussian.gaussian_kl(exactly(1), good, zero, good), exactly(0.5)[0], rtol=EXACT, what="KL"
    )
    for c_q, c_p in ((good, bad), (bad, good), (bad, bad)):
        with raises(ValueError):
            submission.gaussian.gaussian_kl(zero, c_q, zero, c_p)
    with raises(ValueError):
        submission.gaussian.gaussian_entropy(bad)


# -------------------- 1.3 condition
def by_precision(mean: Tensor, cov: Tensor, known: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Return the conditional law from the precision matrix: its block of the rest is inverted."""
    rest = torch.tensor([i for i in range(len(mean)) if i not in known.tolist()], dtype=torch.long)
    precision = torch.linalg.inv(cov)
    new_cov = torch.linalg.inv(precision[rest][:, rest])
    return mean[rest] - new_cov @ precision[rest][:, known] @ (value - mean[known]), new_cov


@task("condition", gate=True)
def test_condition_is_an_answer_at_all(submission, seed):
    """What is said of ten coordinates, given the first one, goes with their means or covariances"""
    mean, cov = seed.fork("mean").normal(11), covariance(seed, 11)
    came, _ = submission.gaussian.condition(mean, cov, torch.tensor([0]), exactly(9))
    moved = mean[1:] + cov[1:, 0] / cov[0, 0] * (9 - mean[0])
    expect_alike(came, moved, moved.flip(0), mean[1:], cov[1:, 0])


@task("condition", weight=2)
@settings(max_examples=12)
@given(d=st.integers(2, 7), k=st.integers(1, 6), n=st.integers(0, 10**6))
def test_condition_by_the_precision_matrix(submission, d, k, n):
    """Mean and covariance are those from the precision matrix, for known coordinates in any order

    Try known coordinates in any order, not next to each other, and correlated among themselves; rows of the
    result keep the order of the rest.
    """
    seed = Seed(n)
    k = min(k, d - 1)
    known = torch.randperm(d, generator=seed.fork("known").generator())[:k]
    mean, cov, value = seed.fork("mean").normal(d), covariance(seed, d), 2 * seed.fork("value").normal(k)
    result = submission.gaussian.condition(mean, cov, known, value)
    close(result, by_precision(mean, cov, known, value), rtol=LONG, atol=EXACT, what="mean and covariance")


@task("condition")
def test_condition_in_two_steps(submission, seed):
    """Learning one coordinate after another is learning both at once

    Learn one coordinate after the other: that must be learning both at once, so the covariance among the
    known counts.
    """
    mean, cov = seed.fork("mean").normal(5), covariance(seed, 5)
    at_once = submission.gaussian.condition(mean, cov, torch.tensor([4, 1]), exactly(0.3, -1.2))
    first = submission.gaussian.condition(mean, cov, torch.tensor([1]), exactly(-1.2))
    second = submission.gaussian.condition(*first, torch.tensor([3]), exactly(0.3))  # 4 is now at 3
    close(second, at_once, rtol=LONG, atol=TINY, what="mean and covariance")


@task("condition")
def test_condition_where_nothing_is_left_or_known(submission, seed):
    """Shapes (0,) and (0, 0) with all known in any order, and everything unchanged with none

    Try all coordinates known, in any order, and none: shapes (0,) and (0, 0), and the law unchanged.
    """
    mean, cov = seed.fork("mean").normal(4), covariance(seed, 4)
    known = torch.tensor([3, 0, 2, 1])
    new_mean, new_cov = submission.gaussian.condition(mean, cov, known, seed.normal(4))
    expect(new_mean.shape == (0,) and new_cov.shape == (0, 0), "something is left where all is known")
    result = submission.gaussian.condition(mean, cov, known[:0], mean[:0])
    close(result, (mean, cov), rtol=EXACT, atol=TINY, what="mean and covariance with nothing known")


@task("condition")
def test_condition_of_what_is_certain_otherwise(submission, seed):
    """The rest may be a function of the known: then its conditional variance is 0

    The rest may be a function of the known: its conditional variance is then 0, and no error.
    """
    cov = covariance(seed, 2)
    A = seed.fork("A").normal(1, 2)
    joint = torch.cat([torch.cat([cov, cov @ A.T], 1), torch.cat([A @ cov, A @ cov @ A.T], 1)])
    value = seed.fork("value").normal(2)
    mean, left = submission.gaussian.condition(exactly(0, 0, 0), joint, torch.tensor([0, 1]), value)
    close(mean, A @ value, rtol=LONG, atol=TINY, what="the mean")
    close(left, exactly([0]), atol=1e-9, what="the variance")


@task("condition")
def test_condition_refuses_negative_variances(submission):
    """A known coordinate of variance -1 raises ValueError

    A known coordinate of negative variance raises ValueError.
    """
    cov = torch.diag(exactly(1, -1, 2))
    with raises(ValueError):
        submission.gaussian.condition(exactly(0, 0, 0), cov, torch.tensor([2, 1]), exactly(0, 0))


# -------------------- 1.4 linear_posterior
def a_problem(seed: Seed, d: int, m: int, n: int) -> list[Tensor]:
    """Return a prior, a linear map, noise and observations."""
    prior = [seed.fork("mean").normal(d), covariance(seed.fork("cov"), d)]
    linear = [seed.fork("A").normal(m, d), seed.fork("b").normal(m)]
    return [*prior, *linear, covariance(seed.fork("noise"), m), 2 * seed.fork("y").normal(n, m)]


@task("linear_posterior", gate=True)
def test_posterior_is_an_answer_at_all(submission, seed):
    """The mean of one number goes with what was observed of it"""
    y = 3 * seed.fork("y").normal(14, 1)
    one = exactly([1])

    def mean_of(i: int) -> Tensor:
        return submission.gaussian.linear_posterior(
            exactly(0.1), 2 * one, one, exactly(0.2), one, y[i : i + 1]
        )[0]

    expect_alike(answers(14, mean_of), y[:, 0])


@task("linear_posterior", weight=2)
@settings(max_examples=10)
@given(d=st.integers(1, 5), m=st.integers(1, 5), n=st.integers(0, 10**6))
def test_posterior_by_the_information_form(submission, d, m, n):
    """Precisions add up, and the evidence is scipy's density of N(A mean + b, A cov A^T + noise_cov)

    Precisions add: A^T R^-1 A + P^-1. The evidence is the density of the observation, with covariance A P A^T
    + R and the offset b.
    """
    args = a_problem(Seed(n), d, m, 3)
    mean, cov, A, b, noise_cov, y = args
    precision = torch.linalg.inv(cov) + A.T @ torch.linalg.inv(noise_cov) @ A
    pull = torch.linalg.inv(cov) @ mean + (y - b) @ torch.linalg.inv(noise_cov) @ A
    expected = pull @ torch.linalg.inv(precision), torch.linalg.inv(precision)
    new_mean, new_cov, evidence = submission.gaussian.linear_posterior(*args)
    close((new_mean, new_cov), expected, rtol=LONG, atol=1e-8, what="mean and covariance")
    seen = (A @ cov @ A.T + noise_cov).numpy()
    log_prob = multivariate_normal((A @ mean + b).numpy(), (seen + seen.T) / 2).logpdf(y.numpy())
    close(evidence, torch.from_numpy(np.atleast_1d(log_prob)), rtol=LONG, what="the log-evidence")


@task("linear_posterior", weight=2)
def test_posterior_of_a_noiseless_view(submission, seed):
    """Without noise an invertible A gives x back, with covariance 0

    Try noise 0 and an invertible A: x comes back with covariance 0. The gain form inverts A P A^T + R, not R.
    """
    mean, cov, A, b, noise_cov, y = a_problem(seed, 3, 3, 4)
    A = A + 3 * torch.eye(3)
    new_mean, new_cov, _ = submission.gaussian.linear_posterior(mean, cov, A, b, 0 * noise_cov, y)
    close(new_mean, torch.linalg.solve(A, (y - b).T).T, rtol=1e-6, atol=1e-8, what="the mean")
    close(new_cov, 0 * cov, atol=1e-8, what="the covariance")


@task("linear_posterior")
def test_posterior_of_two_views_one_after_the_other(submission, seed):
    """The posterior of one view is the prior of the next; evidences add up

    Make the posterior of one view the prior of the next: the same as both at once, and log-evidences add up.
    """
    mean, cov, A, b, _, y = a_problem(seed, 3, 4, 1)
    noise_cov = torch.block_diag(covariance(seed.fork("first"), 2), covariance(seed.fork("second"), 2))
    linear_posterior = submission.gaussian.linear_posterior
    new_mean, new_cov, evidence = linear_posterior(mean, cov, A, b, noise_cov, y)
    first, wide, one = linear_posterior(mean, cov, A[:2], b[:2], noise_cov[:2, :2], y[:, :2])
    last, left, two = linear_posterior(first[0], wide, A[2:], b[2:], noise_cov[2:, 2:], y[:, 2:])
    close((last, left), (new_mean, new_cov), rtol=LONG, atol=1e-9, what="mean and covariance")
    close(one + two, evidence, rtol=LONG, what="the sum of the log-evidences")


@task("linear_posterior")
def test_posterior_covariance_keeps_its_factor(submission, seed):
    """With very little noise the covariance is still symmetric and positive definite

    Try very little noise: (I - K A) P loses symmetry and positivity by rounding; Joseph's form keeps them.
    """
    args = a_problem(seed, 4, 2, 2)
    args[4] = 1e-6 * torch.eye(2, dtype=torch.float64)
    _, cov, _ = submission.gaussian.linear_posterior(*args)
    close(cov, cov.mT, atol=1e-12, what="the covariance")
    expect(int(torch.linalg.cholesky_ex(cov).info) == 0, "the posterior covariance has no Cholesky factor")


@task("linear_posterior")
def test_posterior_refuses_negative_noise(submission, seed):
    """Noise of variance -100 raises ValueError

    Try noise of negative variance, large enough to matter: ValueError.
    """
    args = a_problem(seed, 2, 1, 2)
    args[4] = exactly([-100 - float(args[1].trace() * args[2].square().sum())])
    with raises(ValueError):
        submission.gaussian.linear_posterior(*args)


@task("linear_posterior")
def test_posterior_of_many_rows(submission, seed):
    """Each of 40 observations has a mean of its own, linear in the observation

    Try a batch of observations: each row has its own mean and evidence, and one covariance is for all.
    """
    mean, cov, A, b, noise_cov, y = a_problem(seed, 2, 3, 40)
    rows, _, evidence = submission.gaussian.linear_posterior(mean, cov, A, b, noise_cov, y)
    middle, _, _ = submission.gaussian.linear_posterior(mean, cov, A, b, noise_cov, y.mean(0, keepdim=True))
    expect(
        rows.shape == (40, 2) and evidence.shape == (40,), "each observation has its own mean and evidence"
    )
    close(rows.mean(0, keepdim=True), middle, rtol=LONG, atol=TINY, what="the mean of the means")
