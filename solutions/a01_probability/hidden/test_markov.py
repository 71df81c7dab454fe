"""Hidden checks of the two chains: fixed points, matrix powers, and moments of many steps."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from . import plays as more
from .fresh import EXACT, LONG, TINY, exactly, expect_alike


# -------------------- 5.1 langevin
@task("langevin", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """A step from 0 is made of score and noise"""
    shift, noise = seed.fork("shift").normal(60), seed.fork("noise").normal(2, 60)
    x = torch.zeros(2, 60, dtype=torch.float64)
    result, _ = submission.play(plays.langevin_step, 0 * shift, shift, x, 1.0, noise)
    expect_alike(result, shift + noise, noise - shift)


@task("langevin", weight=2)
@settings(max_examples=10)
@given(dims=st.lists(st.integers(1, 4), max_size=3), step=st.floats(1e-3, 3), n=st.integers(0, 10**6))
def test_step_is_affine(submission, dims, step, n):
    """For an affine score the step is affine: a factor for x, one for the noise, and a shift

    For the score of a Gaussian a step is x + step score + sqrt(2 step) noise: look at each of the three
    factors.
    """
    seed = Seed(n)
    x, noise = seed.fork("x").normal(3, *dims), seed.fork("noise").normal(3, *dims)
    slope, shift = -2 * seed.fork("slope").uniform(1), seed.fork("shift").normal(1)
    slope, shift = slope[0], shift[0]
    result, asked = submission.play(plays.langevin_step, slope, shift, x, step, noise)
    expected = (1 + step * slope) * x + step * shift + (2 * step) ** 0.5 * noise
    close(result, expected, rtol=EXACT, atol=TINY, what="the next x")
    close(asked[0], x, rtol=0, what="the point at which the score was asked")


@task("langevin", weight=2)
@settings(max_examples=15)
@given(
    variance=st.floats(0.1, 9), share=st.floats(0.01, 1.95), start=st.floats(0, 9), steps=st.integers(0, 60)
)
def test_variances_step_by_step(submission, variance, share, start, steps):
    """The variance obeys v -> (1 - step/variance)^2 v + 2 step, and the last one is its fixed point

    Iterate v -> (1 - step/variance)^2 v + 2 step by hand, from any first variance, and compare each number of
    steps, none too.
    """
    step = share * variance
    v = start
    for _ in range(steps):
        v = v - 2 * share * v + share**2 * v + 2 * step
    close(
        submission.markov.langevin_variance(variance, step, start, steps),
        v,
        rtol=LONG,
        atol=TINY,
        what="variance",
    )
    last = submission.markov.langevin_variance(variance, step)
    again = submission.markov.langevin_variance(variance, step, last, 1)
    close(again, last, rtol=LONG, what="the variance one step later")
    close(last, variance / (1 - share / 2), rtol=LONG, what="the variance in the long run")


@task("langevin")
def test_variance_of_steps_too_large(submission):
    """From step = 2 variance on there is no last variance, and after finitely many steps a finite one

    From step = 2 variance on the recursion does not settle: the last variance is infinite, a finite number of
    steps has a finite one.
    """
    variance = submission.markov.langevin_variance
    for of, step in ((0.5, 1.0), (2.0, 4.0), (1.0, 9.0), (0.25, 0.75)):
        expect(variance(of, step) == math.inf, f"on N(0, {of}) a step of {step} settles")
    close(variance(0.5, 1.0, 3.0, 10), 23.0, rtol=EXACT, what="the variance after ten steps of 2 variance")
    close(variance(1.0, 4.0, 0.0, 3), 8 * (1 + 9 + 81.0), rtol=EXACT, what="the variance after three of 4")
    close(variance(1.0, 1.0, 5.0, 1), 2.0, rtol=EXACT, what="the variance after one step that forgets x")
    close(variance(1.0, 1.0, start=0.0, steps=0), 0.0, rtol=EXACT, atol=TINY, what="the variance after none")


@task("langevin")
def test_chain_has_the_variance_that_is_said(submission):
    """25 steps of a chain, put together from unit noises, have the variance of `langevin_variance`

    Run the chain from unit noises, one at a time: the squares of what each leaves add up to
    langevin_variance.
    """
    precision, step, n = 0.4, 0.7, 25
    effect = []
    for i in range(n):
        noises = torch.zeros(n, 1, 1, dtype=torch.float64)
        noises[i] = 1.0
        effect.append(submission.play(more.chain_from, precision, exactly([0]), step, noises)[0, 0])
    total = torch.stack(effect).square().sum()
    close(total, submission.markov.langevin_variance(2.5, step, 0.0, n), rtol=LONG, what="the variance")
    close(total, exactly(2 * step * (1 - 0.72**50) / (1 - 0.72**2))[0], rtol=LONG, what="the variance")


@task("langevin", weight=2)
@settings(max_examples=12)
@given(theta=st.floats(0.05, 4), sigma=st.floats(0, 3), t=st.floats(0, 8), n=st.integers(0, 10**6))
def test_transition_by_its_differential_equation(submission, theta, sigma, t, n):
    """The mean decays, and the variance is the integral of sigma^2 e^(-2 theta s) over time

    The mean decays by e^(-theta t), the variance is sigma^2 (1 - e^(-2 theta t)) / (2 theta). Try several
    times and starts.
    """
    x0 = Seed(n).normal(3, 2)
    mean, variance = submission.markov.ou_transition(x0, theta, sigma, t)
    close(mean, x0 / math.exp(theta * t), rtol=LONG, what="the mean")
    nodes, weights = GAUSS
    s = [t * (node + 1) / 2 for node in nodes]
    integral = sum(w * math.exp(-2 * theta * u) for w, u in zip(weights, s, strict=True)) * t / 2
    close(variance, sigma**2 * integral, rtol=LONG, atol=TINY, what="the variance")


def gauss_legendre() -> tuple[list[float], list[float]]:
    """Return nodes and weights of 60 points on [-1, 1]."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(60)
    return nodes.tolist(), weights.tolist()


GAUSS = gauss_legendre()


@task("langevin")
def test_transition_in_no_time_and_for_ever(submission, seed):
    """Over 1e-13 the variance is sigma^2 t, and after 1e4 it is sigma^2 / (2 theta)

    Try t = 1e-13 and t = 1e4: 1 - e^-x loses its digits near 0, expm1 does not.
    """
    x0 = seed.normal(2, 3)
    mean, variance = submission.markov.ou_transition(x0, 2.0, 0.5, 1e-13)
    close(variance, 0.25e-13, rtol=1e-9, what="the variance after an instant")
    close(mean, x0, rtol=EXACT, what="the mean after an instant")
    mean, variance = submission.markov.ou_transition(x0, 2.0, 0.5, 1e4)
    close(variance, 0.0625, rtol=EXACT, what="the variance in the end")
    close(mean, 0 * x0, atol=TINY, what="the mean in the end")
    for theta in (0.0, -1e-9, -3.0):
        with raises(ValueError):
            submission.markov.ou_transition(x0, theta, 0.5, 1.0)
