"""Public checks of Monte Carlo. Nothing is random here: quadrature nodes take the place of samples."""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import BY, IN_PLACE, TINY, exactly, near


def hermite(n: int = 20) -> tuple[Tensor, Tensor]:
    """Return nodes and weights with E f(z) = sum w f(z), exact for polynomials of degree below 2 n."""
    z, w = np.polynomial.hermite_e.hermegauss(n)
    return torch.from_numpy(z), torch.from_numpy(w / w.sum())


def normal_quantiles(n: int) -> Tensor:
    """Return the middle quantiles of n equal parts of N(0, 1): a sample without any luck."""
    return torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)


# -------------------- 3.1 estimates
@task("estimates", weight=2)
def test_mean_of_four_numbers(submission):
    """1, 2, 3, 6 have the mean 3 and the standard error sqrt(14/3) / 2 = 1.08012345"""
    mean, error = submission.montecarlo.mc_mean(exactly(1, 2, 3, 6))
    hint = (
        "The squares of the differences sum to 14. Divide by n - 1, take the root, divide by the root of n."
    )
    near(mean, exactly(3)[0], "the mean")
    near(error, exactly(math.sqrt(14 / 3) / 2)[0], "the standard error", hint)


@task("estimates")
def test_mean_of_arrays(submission, seed):
    """Samples of shape (2, 3) have a mean and an error of that shape"""
    values = 2 + 3 * seed.normal(5, 2, 3)
    result = submission.montecarlo.mc_mean(values)
    deviation = (values - values.mean(0)).square().sum(0).div(4).sqrt()
    near(
        result,
        (values.mean(0), deviation / math.sqrt(5)),
        "mean and error",
        "Samples stand on the first axis.",
    )


@task("estimates")
def test_one_sample_has_no_error(submission):
    """One sample, or none, raises ValueError in both functions; two are enough"""
    mean, error = submission.montecarlo.mc_mean(exactly(1, 3))
    near((mean, error), (exactly(2)[0], exactly(1)[0]), "mean and error of 1, 3")
    for few in (exactly(1), exactly()):
        with raises(ValueError, hint="n - 1 = 0: the spread is unknown, and nan helps nobody."):
            submission.montecarlo.mc_mean(few)
        with raises(ValueError, hint="n - 1 = 0: the spread is unknown, and nan helps nobody."):
            submission.montecarlo.control_variate(few, few, 0.5)


@task("estimates", weight=2)
def test_control_of_a_line_leaves_no_error(submission, seed):
    """values = 3 control + 2: the mean is 3 control_mean + 2, the error 0, the coefficient 3"""
    control = seed.normal(30)
    mean, error, c = submission.montecarlo.control_variate(3 * control + 2, control, 0.25)
    near(c, exactly(3)[0], "the coefficient", "Covariance over the variance of the control.")
    near(mean, exactly(2.75)[0], "the mean", "values - c (control - control_mean), with the exact mean.")
    close(
        error, exactly(0)[0], atol=TINY, what="the standard error", hint="It is that of the corrected values."
    )
    _, _, c = submission.montecarlo.control_variate(3e-3 * control + 2, 1e-3 * control, 0.0)
    near(c, exactly(3)[0], "the coefficient of a control that varies little")


@task("estimates")
def test_control_of_the_exponential(submission):
    """e^u with u on (0, 1) as control: the coefficient is about 6 (3 - e), the error 7.84 times smaller"""
    u = (torch.arange(1000, dtype=torch.float64) + 0.5) / 1000
    mean, error, c = submission.montecarlo.control_variate(u.exp(), u, 0.5)
    _, plain = submission.montecarlo.mc_mean(u.exp())
    close(c, 6 * (3 - math.e), rtol=1e-5, what="the coefficient")  # of the integral; the sum is 1e-6 away
    close(mean, math.e - 1, rtol=1e-5, what="the mean")
    close(plain / error, math.sqrt(61.42688171), rtol=1e-3, what="how much smaller the error is")


@task("estimates")
def test_constant_control_controls_nothing(submission):
    """A control that is always 2, or seven times 0.1, has the coefficient 0 and changes nothing"""
    values, control = exactly(1, 2, 3, 6), exactly(2, 2, 2, 2)
    found = submission.montecarlo.control_variate(values, control, 2.0)
    expected = exactly(3)[0], exactly(math.sqrt(14 / 3) / 2)[0], exactly(0)[0]
    near(found, expected, "mean, error and coefficient", "Its variance is 0: do not divide.")
    values, control = exactly(1, 2, 3, 4, 5, 6, 7), exactly(*[0.1] * 7)
    found = submission.montecarlo.control_variate(values, control, 0.1)
    expected = exactly(4)[0], exactly(math.sqrt(28 / 6 / 7))[0], exactly(0)[0]
    hint = "Rounding leaves a variance of 1e-34: compare the values with the first of them instead."
    near(found, expected, "mean, error and coefficient of 0.1", hint)


@task("estimates")
def test_estimates_leave_their_input_alone(submission, seed):
    """No argument is changed"""
    args = [seed.fork("values").normal(4), seed.fork("control").normal(4)]
    close(submission.play(plays.after_estimates, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 3.2 importance
@task("importance", weight=2)
def test_importance_of_huge_densities(submission):
    """log p = 1000, 1001, 999 and values 1, 2, 4: mean 1.935332675, ess 1.958698653, log Z 1000.308994"""
    args = exactly(1000, 1001, 999), exactly(0, 0, 0), exactly(1, 2, 4)
    mean, ess, log_z = submission.montecarlo.importance(*args)
    hint = "e^1000 is infinite. Take the largest log-weight out first; logsumexp and softmax do."
    near(mean, exactly(1.9353326746)[0], "the mean", hint, rtol=1e-8)
    near(
        ess, exactly(1.958698653)[0], "the effective sample size", "1 over the sum of squared *shares*.", 1e-8
    )
    hint = "Z is the *mean* weight. What was taken out of all logarithms before belongs to log Z again."
    near(log_z, exactly(1000 + math.log((1 + math.e + 1 / math.e) / 3))[0], "log Z", hint)


@task("importance")
def test_a_constant_in_log_p_moves_log_z_alone(submission, seed):
    """Adding 7 to log p adds 7 to log Z, and adding 7 to log q takes it away again"""
    log_p, log_q, values = (seed.fork(name).normal(6) for name in ("p", "q", "values"))
    before = submission.montecarlo.importance(log_p, log_q, values)
    moved = submission.montecarlo.importance(log_p + 7, log_q, values)
    hint = "A factor of all weights cancels in the mean and in ess, and stays in Z."
    near(moved, (before[0], before[1], before[2] + 7), "mean, ess and log Z with p times e^7", hint)
    back = submission.montecarlo.importance(log_p + 7, log_q + 7, values)
    near(back, before, "mean, ess and log Z with q times e^7 too", "Weights are p / q.")


@task("importance")
def test_equal_weights_are_a_plain_mean(submission, seed):
    """Where p = q the mean is the plain mean, ess is n and log Z is 0; values may have shape (n, 2, 3)"""
    log_p, values = seed.fork("p").normal(5), seed.fork("values").normal(5, 2, 3)
    result = submission.montecarlo.importance(log_p, log_p, values)
    expected = values.mean(0), exactly(5)[0], exactly(0)[0]
    near(result, expected, "mean, ess and log Z", "Weigh along the first axis, whatever follows it.")
    one = submission.montecarlo.importance(exactly(-3), exactly(-1), exactly(4))
    near(one, (exactly(4)[0], exactly(1)[0], exactly(-2)[0]), "mean, ess and log Z of one sample")


@task("importance")
def test_samples_without_any_density(submission):
    """log p = -inf is a weight of 0; when all are, ValueError"""
    nothing = -math.inf
    log_p, log_q = exactly(math.log(2), nothing, math.log(6)), exactly(0, 0, 0)
    result = submission.montecarlo.importance(log_p, log_q, exactly(1, 50, 3))
    expected = exactly(2.5)[0], exactly(1.6)[0], exactly(math.log(8 / 3))[0]
    near(result, expected, "mean, ess and log Z", "The sample counts in n.")
    with raises(ValueError, hint="0/0 is nan: say that no sample lies where the target does."):
        submission.montecarlo.importance(exactly(nothing, nothing), exactly(0, 0), exactly(1, 2))


@task("importance", weight=2)
def test_ess_of_a_wide_proposal(submission):
    """For N(0, 1) sampled from N(0, 2^2), ess / n is sqrt(7)/4 = 0.661, the mean of x^2 is 1, log Z is 0"""
    z = normal_quantiles(20000)
    x = 2 * z
    log_p, log_q = -0.5 * x**2, -0.5 * z**2 - math.log(2)  # both without log sqrt(2 pi)
    mean, ess, log_z = submission.montecarlo.importance(log_p, log_q, x**2)
    close(ess / 20000, math.sqrt(7) / 4, rtol=1e-3, what="ess / n")
    close(mean, 1.0, rtol=1e-3, what="the mean of x^2")
    close(log_z, 0.0, atol=1e-3, what="log Z")
    shares = []
    for shift in (0.0, 1.0, 2.0):  # a proposal of the right width in the wrong place: e^(-shift^2)
        log_p = -0.5 * (z + shift) ** 2
        shares.append(submission.montecarlo.importance(log_p, -0.5 * z**2, z)[1])
    falls = all(bool(a > b) for a, b in pairwise(shares))
    expect(falls, "ess does not fall when the proposal moves away", "Are the weights p / q?")


@task("importance")
def test_importance_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    args = [seed.fork(name).normal(4) for name in ("p", "q", "values")]
    close(submission.play(plays.after_importance, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 3.3 gradients
SQUARE, CUBE = exactly(0, 0, 1), exactly(0, 0, 0, 1)
AT = 0.7, 1.3  # mean and deviation; at deviation 1 half of the mistakes are invisible


@task("gradients", weight=2)
def test_both_averages_are_the_gradient(submission):
    """For x^2 both average to (1.4, 2.6), for x^3 to (6.54, 5.46), at mean 0.7 and deviation 1.3"""
    z, w = hermite()
    for what, f, expected in (("x^2", SQUARE, exactly(1.4, 2.6)), ("x^3", CUBE, exactly(6.54, 5.46))):
        score = submission.play(plays.score_function_terms, f, *AT, z, 0.0)
        near(
            w @ score,
            expected,
            f"the average for {what}",
            "Divide by std: derivatives by std, not by log std.",
            axes=(BY,),
        )
        path = submission.play(plays.pathwise_terms, f, *AT, z)
        hint = "x = mean + std eps: dx/dmean, dx/dstd."
        near(w @ path, expected, f"the pathwise average for {what}", hint, axes=(BY,))


@task("gradients", weight=2)
def test_terms_of_one_sample(submission):
    """At mean 0.7, deviation 1.3, eps = 2: for x^2 score terms (16.75, 25.13), pathwise terms (6.6, 13.2)"""
    eps = exactly(2, -1)  # x = 3.3 and -0.6
    score = submission.play(plays.score_function_terms_by_default, SQUARE, *AT, eps)
    expected = exactly([10.89 * 2, 10.89 * 3], [-0.36, 0]) / 1.3
    hint = "One row for each sample, (eps, eps^2 - 1) / std times f."
    near(score, expected, "the score terms", hint, axes=("sample", BY))
    path = submission.play(plays.pathwise_terms, SQUARE, *AT, eps)
    expected = exactly([6.6, 13.2], [-1.2, 1.2])
    near(path, expected, "the pathwise terms", "One row for each sample, no average.", axes=("sample", BY))


@task("gradients")
def test_baseline_changes_the_spread_alone(submission):
    """For x^2 under N(1, 1) a baseline of 2 leaves the average; variances fall from 30, 136 to 18, 96"""
    z, w = hermite()
    for baseline, variances in ((0.0, (30, 136)), (2.0, (18, 96))):
        terms = submission.play(plays.score_function_terms, SQUARE, 1.0, 1.0, z, baseline)
        near(w @ terms, exactly(2, 2), f"the average with baseline {baseline:g}", axes=(BY,))
        spread = w @ terms**2 - (w @ terms) ** 2
        near(
            spread,
            exactly(*variances),
            f"the variances with baseline {baseline:g}",
            "(f - baseline) times score.",
            axes=(BY,),
        )


@task("gradients")
def test_pathwise_terms_spread_less(submission):
    """For x^2 under N(1, 1) the pathwise terms have variances 4 and 12; any f is differentiated"""
    z, w = hermite()
    terms = submission.play(plays.pathwise_terms, SQUARE, 1.0, 1.0, z)
    near(w @ terms**2 - (w @ terms) ** 2, exactly(4, 12), "the variances")
    eps = exactly(-1, 0, 2)
    sine = submission.play(plays.pathwise_terms_of_sine, 0.5, 2.0, eps)
    slope = torch.cos(0.5 + 2 * eps)
    near(
        sine,
        torch.stack([slope, slope * eps], 1),
        "the terms of the sine",
        "Derive f with autograd, not by hand.",
        axes=("sample", BY),
    )


@task("gradients")
def test_gradients_of_a_constant(submission):
    """A constant 0 x + 3 has pathwise terms 0, and score terms that average to 0 but are not 0"""
    z, w = hermite()
    constant = exactly(3)
    path = submission.play(plays.pathwise_terms, constant, *AT, z)
    close(path, torch.zeros(20, 2).double(), atol=TINY, what="the pathwise terms")
    score = submission.play(plays.score_function_terms_by_default, constant, *AT, z)
    close(w @ score, exactly(0, 0), atol=1e-10, what="the average of the score terms")
    near(score[:, 0], 3 * z / 1.3, "the score terms by mean")


@task("gradients")
def test_score_terms_need_no_derivative_of_f(submission):
    """f(x) = 1 where x > 1, else 0, has no derivative to speak of; its score terms are as good as any"""
    eps = exactly(-1, 0.5, 2)
    terms = submission.play(plays.score_function_terms_of_a_step, 0.0, 2.0, eps)
    near(
        terms, exactly([0, 0], [0, 0], [1, 1.5]), "the score terms", "f itself multiplies the score, not f'."
    )


@task("gradients")
def test_gradients_leave_their_input_alone(submission, seed):
    """The noise is not changed, nor made to require a gradient"""
    eps = seed.normal(5)
    after, requires = submission.play(plays.after_gradients, eps)
    close(after, eps, rtol=0, what="the noise", hint=IN_PLACE)
    expect(not requires, "the noise requires a gradient afterwards", "Detach x, and make that a leaf.")
