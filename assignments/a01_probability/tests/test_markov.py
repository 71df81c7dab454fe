"""Public checks of the two chains: one step as an affine map, and variances worked out by hand."""

import math

import torch

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import IN_PLACE, SINGLE, exactly, expect_dtype, near


# -------------------- 5.1 langevin
@task("langevin", weight=2)
def test_one_step_of_the_chain(submission):
    """On N(0, 4) with step 0.5, x = 2 and no noise becomes 1.75; noise 1 adds sqrt(2 * 0.5) = 1"""
    slope, shift = exactly(-0.25), exactly(0)
    x, noise = exactly([2], [2]), exactly([0], [1])
    result, asked = submission.play(plays.langevin_step, slope, shift, x, 0.5, noise)
    hint = "A whole step of the score goes with sqrt(2 step) of noise."
    near(result, exactly([1.75], [2.75]), "the next x", hint)
    near(asked, [x], "the points at which the score was asked", "Ask the score once, at x.")


@task("langevin")
def test_steps_of_several_sizes(submission, seed):
    """The factor of x is 1 - step / variance, that of the noise sqrt(2 step), for images of any shape"""
    x, noise = seed.fork("x").normal(3, 2, 4), seed.fork("noise").normal(3, 2, 4)
    slope, shift = -1 / (0.5 + seed.fork("variance").uniform(4)), seed.fork("shift").normal(4)
    for step in (0.02, 0.5, 2.0):
        result, _ = submission.play(plays.langevin_step, slope, shift, x, step, noise)
        expected = x * (1 + step * slope) + step * shift + math.sqrt(2 * step) * noise
        near(
            result, expected, f"the next x with step {step:g}", "Use the noise that is given, and the sign +."
        )


@task("langevin", weight=2)
def test_variance_in_the_long_run(submission):
    """On N(0, 1), steps 0.1, 0.5, 1, 1.9 settle at 1.0526, 4/3, 2, 20, and 2 never; N(0, 4), 1: 4.5714"""
    variance = submission.markov.langevin_variance
    hint = "The variance v that one step keeps: v = (1 - step/variance)^2 v + 2 step."
    for of, step, expected in ((1, 0.1, 20 / 19), (1, 0.5, 4 / 3), (1, 1, 2), (1, 1.9, 20), (4, 1, 32 / 7)):
        near(variance(float(of), float(step)), expected, f"the variance on N(0, {of}), step {step:g}", hint)
    for of, step in ((1.0, 2.0), (1.0, 2.5), (0.25, 0.5)):
        came = variance(of, step)
        expect(
            came == math.inf, f"the variance on N(0, {of:g}), step {step:g}, is {came}; expected inf", hint
        )


@task("langevin")
def test_variance_after_some_steps(submission):
    """From 0, step 0.1 on N(0, 1) has the variances 0.2, 0.9246561531, 1.052631578 after 1, 10, 100 steps"""
    variance = submission.markov.langevin_variance
    hint = "One step: v becomes (1 - step/variance)^2 v + 2 step."
    for steps, expected in ((1, 0.2), (10, 20 / 19 * (1 - 0.81**10)), (100, 20 / 19 * (1 - 0.81**100))):
        near(variance(1.0, 0.1, 0.0, steps), expected, f"the variance after {steps} steps", hint)
    near(variance(1.0, 0.1, 3.0, 0), 3.0, "the variance after no step", "It is `start`.")
    near(variance(2.0, 1.0, 5.0, 2), 2.8125, "the variance on N(0, 2) from 5, two steps of 1", hint)
    near(variance(1.0, 2.0, 0.5, 3), 12.5, "the variance from 0.5, three steps of 2", "Each adds 2 step.")
    near(variance(1.0, 3.0, 1.0, 2), 46.0, "the variance from 1, two steps of 3", "It grows, and is finite.")


@task("langevin")
def test_many_chains_end_where_the_formula_says(submission):
    """40 steps of 0.2 on N(0, [[2, 1], [1, 2]]) from 0 have the covariance 2.101060167, 0.9899490754"""
    precision = exactly([2, -1], [-1, 2]) / 3
    effects = []  # of one unit of noise in one coordinate of one step, on the end
    for n in range(40):
        noises = torch.zeros(40, 2, 2, dtype=torch.float64)
        noises[n] = torch.eye(2)
        start = torch.zeros(2, 2, dtype=torch.float64)
        effects.append(submission.play(plays.langevin_chain, precision, start, 0.2, noises))
    cov = sum(effect.T @ effect for effect in effects)
    expected = exactly([2.101060167, 0.9899490754], [0.9899490754, 2.101060167])
    near(cov, expected, "the covariance after 40 steps", "Along eigenvectors this is `langevin_variance`.")
    steps = [submission.markov.langevin_variance(of, 0.2, 0.0, 40) for of in (1.0, 3.0)]
    near((steps[0] + steps[1]) / 2, 2.101060167, "half of the variances along both eigenvectors, summed")


@task("langevin", weight=2)
def test_transition_of_the_worked_process(submission):
    """theta = 0.5, sigma = 1.2, x0 = 3, t = 2: mean 1.103638324, variance 1.245117192; in the end 1.44"""
    mean, variance = submission.markov.ou_transition(exactly([3], [-1]), 0.5, 1.2, 2.0)
    near(mean, exactly([3], [-1]) * math.exp(-1), "the mean", "e^(-theta t) times x0.")
    hint = "sigma^2 / (2 theta) times 1 - e^(-2 theta t)."
    near(variance, 1.44 * (1 - math.exp(-2)), "the variance", hint)
    _, last = submission.markov.ou_transition(exactly([3]), 0.5, 1.2, 200.0)
    near(last, 1.44, "the variance after a long time", hint)


@task("langevin")
def test_transition_over_an_instant(submission):
    """After t = 1e-12 the variance is sigma^2 t = 1.44e-12, to nine digits; after t = 0 it is 0"""
    _, variance = submission.markov.ou_transition(exactly([3]), 0.5, 1.2, 1e-12)
    hint = "1 - e^(-1e-12) keeps four digits; -expm1(-1e-12) keeps all."
    close(variance, 1.44e-12, rtol=1e-9, what="the variance", hint=hint)
    mean, variance = submission.markov.ou_transition(exactly([3]), 0.5, 1.2, 0.0)
    near((mean, variance), (exactly([3]), 0.0), "mean and variance after no time")


@task("langevin")
def test_transitions_compose(submission, seed):
    """Going 0.8 and then 1.2 further is the same as going 2.0"""
    x0, theta, sigma = seed.normal(4, 3), 0.7, 1.5
    ou = submission.markov.ou_transition
    (middle, first), (mean, whole) = ou(x0, theta, sigma, 0.8), ou(x0, theta, sigma, 2.0)
    last, second = ou(middle, theta, sigma, 1.2)
    near(last, mean, "the mean")
    near(
        second + first * math.exp(-2 * theta * 1.2),
        whole,
        "the variance",
        "An earlier variance shrinks twice.",
    )


@task("langevin")
def test_transition_without_return_is_refused(submission):
    """theta = 0 and theta < 0 raise ValueError, and float32 points stay float32"""
    for theta in (0.0, -0.5):
        with raises(ValueError, hint="Raise before you divide by theta."):
            submission.markov.ou_transition(exactly([3]), theta, 1.2, 2.0)
    mean, _ = submission.markov.ou_transition(torch.tensor([[3.0]]), 0.5, 1.2, 2.0)
    expect_dtype(mean, torch.float32)
    close(mean, exactly([3 * math.exp(-1)]), rtol=SINGLE, what="the mean")
    x = torch.tensor([[2.0]])
    result, _ = submission.play(plays.langevin_step, exactly(-1), exactly(0), x, 0.5, x)
    expect_dtype(result, torch.float32)
    close(result, exactly([3]), rtol=SINGLE, what="the next x")


@task("langevin")
def test_chains_leave_their_input_alone(submission, seed):
    """No argument is changed"""
    args = [seed.fork("x").normal(3, 2), seed.fork("noise").normal(3, 2)]
    close(submission.play(plays.after_langevin, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)
