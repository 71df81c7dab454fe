"""Hidden checks of the forward process and its posterior: fresh inputs, independent formulas."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, close, exactly, expect, expect_dtype, task

from .. import plays
from ..tests.near import EXACT, HALF, LONG, near
from .fresh import expect_mixture, fresh_batch, halfway, mixed


# -------------------- 2.1 q_sample
@task("q_sample", gate=True)
def test_q_sample_is_an_answer_at_all(submission, seed):
    """x_t is made of fresh images and fresh noise, half and half"""
    x0, eps, t, alpha_bar = halfway(seed)
    expect_mixture(submission.forward.q_sample(x0, t, eps, alpha_bar), x0, eps)


@task("q_sample")
def test_q_sample_is_exact_on_fresh_input(submission, seed):
    """x_t is exact for fresh images at mixed steps of a fresh schedule

    Each image has its own step: alpha_bar[t], reshaped to (b, 1, 1, 1). Both coefficients are square roots.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 5, 2, 3, 5)
    expected = mixed(alpha_bar.sqrt(), x0, (1 - alpha_bar).sqrt(), eps, t)
    near(submission.forward.q_sample(x0, t, eps, alpha_bar), expected, "x_t", within=EXACT)


@task("q_sample")
@settings(max_examples=20)
@given(b=st.integers(1, 5), dims=st.lists(st.integers(1, 4), max_size=4), n=st.integers(0, 10**6))
def test_q_sample_takes_any_shape(submission, b, dims, n):
    """x_t has the shape of the images, whatever it is

    Try vectors, sequences and volumes: reshape coefficients to as many axes as the images have.
    """
    x0, eps, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    expected = mixed(alpha_bar.sqrt(), x0, (1 - alpha_bar).sqrt(), eps, t)
    near(submission.forward.q_sample(x0, t, eps, alpha_bar), expected, "x_t", within=EXACT)


@task("q_sample")
def test_q_sample_with_one_step(submission, seed):
    """A schedule of one step may keep everything or nothing

    Try T = 1, with alpha_bar of 1 and of 0: x_0 comes back, or the noise.
    """
    x0, eps, t = seed.fork("x0").normal(3, 2), seed.fork("eps").normal(3, 2), torch.zeros(3, dtype=torch.long)
    near(submission.forward.q_sample(x0, t, eps, exactly(1)), x0, "x_t without noise", within=EXACT)
    near(submission.forward.q_sample(x0, t, eps, exactly(0)), eps, "x_t without signal", within=EXACT)


@task("q_sample")
def test_q_sample_in_half_precision(submission, seed):
    """Images in float16 stay float16

    Work in the schedule's float64 and return the dtype of the images.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 4, 1, 6, 6)
    x_t = submission.forward.q_sample(x0.half(), t, eps.half(), alpha_bar)
    expect_dtype(x_t, torch.float16)
    expected = mixed(alpha_bar.sqrt(), x0, (1 - alpha_bar).sqrt(), eps, t)
    near(x_t, expected, "x_t", within=HALF)


# -------------------- 2.4 q_posterior
@task("q_posterior", gate=True)
def test_posterior_is_an_answer_at_all(submission, seed):
    """Mean and variance are of the right size for fresh input"""
    x0, x_t, _, _ = halfway(seed)
    mean, variance, _ = submission.forward.q_posterior(x0, x_t, torch.tensor([1]), exactly(0.6, 0.3))
    expect_mixture(mean, x0, x_t)  # the weights are 0.55 and 0.40
    expect(0.1 < variance.mean() < 0.9, "the variance is of another size altogether")  # 0.29, or beta = 0.5


@task("q_posterior")
@settings(max_examples=20)
@given(b=st.integers(1, 5), dims=st.lists(st.integers(1, 4), max_size=4), n=st.integers(0, 10**6))
def test_posterior_adds_precisions(submission, b, dims, n):
    """1 / variance is alpha / beta + 1 / (1 - alpha_bar before), and the mean is weighted by the two parts

    1 / variance = alpha / beta + 1 / (1 - alpha_bar before), and the mean is weighted by both parts: x_0 and
    x_t change places easily.
    """
    x0, x_t, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    t = t.clamp(min=1)
    now, before = alpha_bar[t].tolist(), alpha_bar[t - 1].tolist()
    mean, variance, log_variance = submission.forward.q_posterior(x0, x_t, t, alpha_bar)
    for i, (a, p) in enumerate(zip(now, before, strict=True)):
        precision = a / (p - a) + 1 / (1 - p)  # alpha = a / p, beta = (p - a) / p
        expected = (math.sqrt(a * p) / (p - a) * x_t[i] + math.sqrt(p) / (1 - p) * x0[i]) / precision
        near(mean[i], expected, f"the mean of image {i}", within=LONG)
        near(variance[i].mean(), exactly(1 / precision)[0], f"the variance of image {i}", within=LONG)
        near(log_variance[i].mean(), exactly(-math.log(precision))[0], within=LONG)


@task("q_posterior")
def test_posterior_is_bayes_rule(submission, seed):
    """Mean and variance are those of q(x_t | x_{t-1}) q(x_{t-1} | x_0), summed up on a fine grid

    Multiply q(x_t | x_{t-1}) by q(x_{t-1} | x_0) on a grid and compare: alpha belongs to step t, one
    alpha_bar to t - 1.
    """
    a, p = 0.2 + 0.2 * seed.fork("a").uniform(1).item(), 0.5 + 0.2 * seed.fork("p").uniform(1).item()
    x0, x_t = seed.fork("x0").normal(1), seed.fork("x_t").normal(1)
    x = torch.linspace(-12, 12, 24_001, dtype=torch.float64)  # a hundred points in a deviation, 15 deviations
    likelihood = (x_t - math.sqrt(a / p) * x) ** 2 / (1 - a / p)
    prior = (x - math.sqrt(p) * x0) ** 2 / (1 - p)
    weight = torch.softmax(-(likelihood + prior) / 2, dim=0)
    expected = (weight * x).sum()
    mean, variance, _ = submission.forward.q_posterior(x0, x_t, torch.tensor([1]), exactly(p, a))
    near(mean[0], expected, "the mean", within=LONG)
    near(variance[0], (weight * (x - expected) ** 2).sum(), "the variance", within=LONG)


@task("q_posterior")
def test_posterior_from_pure_noise(submission, seed):
    """When the last step leaves no signal, x_t tells nothing and q(x_{t-1} | x_0) remains

    Try a last beta of 1: no logarithm or quotient by alpha may make NaN, and q(x_{t-1} | x_0) remains.
    """
    x0, x_t, t = seed.fork("x0").normal(2, 3), seed.fork("x_t").normal(2, 3), torch.tensor([2, 2])
    mean, variance, _ = submission.forward.q_posterior(x0, x_t, t, exactly(0.9, 0.25, 0))
    near(mean, 0.5 * x0, "the mean", within=EXACT)
    near(variance, exactly(0.75, 0.75).reshape(2, 1), "the variance", within=EXACT)


@task("q_posterior")
def test_posterior_takes_each_image_at_its_own_step(submission, reference, seed):
    """A batch at mixed steps, 0 among them, gives what its images give one by one

    Try a batch of mixed steps, 0 among them: alpha_bar[t - 1] at t = 0 is 1, not the last entry.
    """
    x0, x_t, _, alpha_bar = fresh_batch(seed, 5, 1, 3, 5)
    t = torch.tensor([3, 0, 1, 5, 0])
    together = submission.forward.q_posterior(x0, x_t, t, alpha_bar)
    for i in range(5):
        one = slice(i, i + 1)
        alone = reference.forward.q_posterior(x0[one], x_t[one], t[one], alpha_bar)
        near([value[one] for value in together], list(alone), f"image {i}", within=LONG)


@task("q_posterior")
def test_posterior_leaves_its_input_alone(submission, seed):
    """No argument is changed

    Methods that end in _ and assignments into a tensor, alpha_bar among them, change what the caller gave.
    """
    x0, x_t, t, alpha_bar = fresh_batch(seed, 2, 1, 3, 3)
    after = submission.play(plays.after_q_posterior, x0, x_t, t, alpha_bar)
    close(after, [x0, x_t, t, alpha_bar], rtol=0, what="the arguments afterwards")
