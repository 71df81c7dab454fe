"""Hidden checks of Monte Carlo: numpy's and scipy's statistics, and expectations known in closed form."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import sem
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from ..tests.near import BY
from . import plays as more
from .fresh import EXACT, LONG, TINY, answers, between, exactly, expect_alike


def hermite(n: int = 24) -> tuple[Tensor, Tensor]:
    """Return nodes and weights with E f(z) = sum w f(z), exact for polynomials of degree below 2 n."""
    z, w = np.polynomial.hermite_e.hermegauss(n)
    return torch.from_numpy(z), torch.from_numpy(w / w.sum())


# -------------------- 3.1 estimates
@task("estimates", gate=True)
def test_mean_is_an_answer_at_all(submission, seed):
    """The means of 14 sets of samples go with their centres"""
    centres, values = 5 * seed.fork("centres").normal(14), seed.fork("values").normal(14, 50)
    means = answers(14, lambda i: submission.montecarlo.mc_mean(centres[i] + values[i])[0])
    expect_alike(means, centres)


@task("estimates", weight=2)
@settings(max_examples=10)
@given(n=st.integers(2, 30), dims=st.lists(st.integers(1, 4), max_size=2), s=st.integers(0, 10**6))
def test_error_is_that_of_scipy(submission, n, dims, s):
    """Mean and standard error are numpy's and scipy's, for samples of any shape

    The standard error is scipy.stats.sem: deviation by n - 1, over sqrt(n), along the axis that the task
    names.
    """
    values = between(Seed(s), -3, 9, n, *dims)
    expected = values.numpy().mean(0), sem(values.numpy(), axis=0)
    expected = tuple(torch.from_numpy(np.asarray(part)) for part in expected)
    close(submission.montecarlo.mc_mean(values), expected, rtol=EXACT, what="mean and error")


@task("estimates", weight=2)
@settings(max_examples=10)
@given(n=st.integers(3, 40), s=st.integers(0, 10**6))
def test_control_is_a_regression(submission, n, s):
    """The coefficient is the slope of numpy's line, the mean its height at control_mean

    The coefficient is Cov(f, c) / Var(c), and the mean is that of f less the coefficient times (mean c -
    control_mean).
    """
    control, rest = Seed(s).fork("control").normal(n), Seed(s).fork("rest").normal(n)
    values = rest - 1.7 * control + 4
    slope, height = np.polyfit(control.numpy(), values.numpy(), 1)
    mean, error, c = submission.montecarlo.control_variate(values, control, 0.6)
    close(c, torch.tensor(slope), rtol=LONG, atol=TINY, what="the coefficient")
    close(mean, torch.tensor(height + 0.6 * slope), rtol=LONG, atol=TINY, what="the mean")
    left = sem((values - slope * control).numpy())
    close(error, torch.tensor(left), rtol=LONG, atol=1e-9, what="the standard error")


@task("estimates")
def test_control_far_from_zero(submission, seed):
    """Values around a million and a control around 1000 keep six digits of the coefficient

    Try values near 1e6 and a control near 1000: subtract the means before you multiply.
    """
    u = seed.normal(50)
    _, _, c = submission.montecarlo.control_variate(1e6 + 2 * u, 1e3 + u, 1e3)
    close(c, exactly(2)[0], rtol=1e-6, what="the coefficient")


@task("estimates")
def test_control_that_is_constant_or_alone(submission, seed):
    """A constant control has the coefficient 0, whatever its value; one value raises ValueError

    A constant control has the coefficient 0, whatever its value, rounding included; a single value raises
    ValueError.
    """
    values = seed.normal(6)
    for constant in (0.0, -4.0):
        control = torch.full((6,), constant, dtype=torch.float64)
        mean, error, c = submission.montecarlo.control_variate(values, control, constant)
        close((mean, c), (values.mean(), exactly(0)[0]), rtol=EXACT, atol=TINY, what="mean and coefficient")
        close(error, torch.tensor(sem(values.numpy())), rtol=EXACT, what="the standard error")
    with raises(ValueError):
        submission.montecarlo.control_variate(values[:1], values[1:2], 0.0)
    with raises(ValueError):
        submission.montecarlo.mc_mean(torch.zeros(1, 3).double())


# -------------------- 3.2 importance
@task("importance", gate=True)
def test_importance_is_an_answer_at_all(submission, seed):
    """The means of 20 columns go with their centres, whatever the weights"""
    centres = 5 * seed.fork("centres").normal(20)
    log_p, log_q = 0.1 * seed.fork("p").normal(50), 0.1 * seed.fork("q").normal(50)
    mean, _, _ = submission.montecarlo.importance(log_p, log_q, centres + seed.fork("values").normal(50, 20))
    expect_alike(mean, centres)


@task("importance", weight=2)
@settings(max_examples=12)
@given(
    n=st.integers(1, 30),
    dims=st.lists(st.integers(1, 4), max_size=2),
    offset=st.floats(-2000, 2000),
    spread=st.floats(0.1, 30),
    s=st.integers(0, 10**6),
)
def test_importance_by_plain_weights(submission, n, dims, offset, spread, s):
    """Mean, ess and log Z are those of the weights, for log-densities of any size and values of any shape

    Compare with plain weights exp(log p - log q): self-normalised mean, ess = (sum w)^2 / sum w^2, log of the
    mean weight. Shift the log-densities by 1000.
    """
    seed = Seed(s)
    log_p, log_q = offset + spread * seed.fork("p").normal(n), seed.fork("q").normal(n)
    values = seed.fork("values").normal(n, *dims)
    log_w = (log_p - log_q).numpy()
    w = np.exp(log_w - log_w.max())
    w = torch.from_numpy(w / w.sum())
    mean = sum(w[i] * values[i] for i in range(n))
    result = submission.montecarlo.importance(log_p, log_q, values)
    expected = mean, 1 / (w**2).sum(), torch.tensor(logsumexp(log_w) - math.log(n))
    close(result, expected, rtol=LONG, atol=1e-9, what="mean, ess and log Z")


@task("importance")
def test_importance_with_samples_outside(submission, seed):
    """Samples outside of the target count in log Z, and nothing else

    A sample with log-density -inf has weight 0 and still counts among the n of log Z.
    """
    log_p, values = seed.fork("p").normal(6), seed.fork("values").normal(6, 3)
    inside = submission.montecarlo.importance(log_p, 0 * log_p, values)
    more_p = torch.cat([log_p, torch.full((6,), -math.inf, dtype=torch.float64)])
    more_values = torch.cat([values, 100 + values])
    mean, ess, log_z = submission.montecarlo.importance(more_p, torch.zeros_like(more_p), more_values)
    close((mean, ess), inside[:2], rtol=LONG, atol=TINY, what="mean and ess")
    close(log_z, inside[2] - math.log(2), rtol=LONG, what="log Z")
    nowhere = torch.full((3,), -math.inf, dtype=torch.float64)
    for n in (1, 3):
        with raises(ValueError):
            submission.montecarlo.importance(nowhere[:n], 0 * log_p[:n], values[:n])


@task("importance", weight=2)
def test_importance_finds_the_evidence(submission, seed):
    """With the exact posterior as proposal all weights are equal: ess is n, and log Z is the evidence

    With the exact posterior as proposal all weights are equal: ess is n and log Z is the log-evidence.
    """
    x = seed.fork("x").normal(30)  # the posterior N(0.8, 0.2) of x ~ N(0, 1), y = x + N(0, 0.25), y = 1
    x = 0.8 + math.sqrt(0.2) * x
    log_joint = -0.5 * (x**2 + (1 - x) ** 2 / 0.25 + math.log(0.25)) - math.log(2 * math.pi)
    log_q = -0.5 * ((x - 0.8) ** 2 / 0.2 + math.log(0.2 * 2 * math.pi))
    mean, ess, log_z = submission.montecarlo.importance(log_joint, log_q, x)
    close(mean, x.mean(), rtol=LONG, what="the mean")
    close(ess, exactly(30)[0], rtol=LONG, what="ess")
    evidence = -0.5 * (1 / 1.25 + math.log(1.25 * 2 * math.pi))
    close(log_z, exactly(evidence)[0], rtol=LONG, what="log Z")


@task("importance")
def test_ess_of_a_shifted_proposal(submission):
    """A proposal that is off by one deviation has ess / n = e^-1

    For a proposal off by one deviation ess / n tends to e^-1: the weights are p / q and not q / p.
    """
    n = 40000
    z = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)
    _, ess, log_z = submission.montecarlo.importance(-0.5 * (z - 1) ** 2, -0.5 * z**2, z)
    close(ess / n, math.exp(-1), rtol=5e-3, what="ess / n")  # the tails are cut at 4 deviations
    close(log_z, 0.0, atol=1e-3, what="log Z")


# -------------------- 3.3 gradients
def by_parameters(c: Tensor, mean: float, std: float) -> Tensor:
    """Return the derivatives by mean and std of E f(mean + std z), f a cubic, from its moments."""
    by_mean = c[1] + 2 * c[2] * mean + 3 * c[3] * (mean**2 + std**2)
    by_std = 2 * c[2] * std + 6 * c[3] * mean * std
    return torch.stack([by_mean, by_std])


@task("gradients", gate=True)
def test_gradients_are_answers_at_all(submission, seed):
    """The slopes of x^2 go with the place"""
    means, z = between(seed, -3, 3, 14), torch.linspace(-1.5, 1.5, 31, dtype=torch.float64)

    def slope_at(i: int) -> Tensor:
        terms = submission.play(plays.pathwise_terms, exactly(0, 0, 1), means[i].item(), 1.0, z)
        return terms.reshape(-1, terms.shape[-1])[:, 0].mean() if terms.ndim else terms

    expect_alike(answers(14, slope_at), means)


@task("gradients", weight=2)
@settings(max_examples=8)
@given(mean=st.floats(-2, 2), std=st.floats(0.2, 3), baseline=st.floats(-4, 4), n=st.integers(0, 10**6))
def test_both_average_to_the_gradient(submission, mean, std, baseline, n):
    """For cubics both averages are the gradient, with any mean, deviation and baseline

    For a cubic both averages are the gradient, with any mean, deviation and baseline: try deviations other
    than 1.
    """
    (z, w), c = hermite(), Seed(n).normal(4)
    expected = by_parameters(c, mean, std)
    score = submission.play(plays.score_function_terms, c, mean, std, z, baseline)
    close(w @ score, expected, rtol=LONG, atol=1e-7, what="the average of the score terms", axes=(BY,))
    path = submission.play(plays.pathwise_terms, c, mean, std, z)
    close(w @ path, expected, rtol=LONG, atol=1e-7, what="the average of the pathwise terms", axes=(BY,))


@task("gradients", weight=2)
def test_terms_sample_by_sample(submission, seed):
    """Every sample has its own terms, for a wave

    Every sample has its own term of its own f(x): no mean over samples inside a term.
    """
    eps, mean, std, baseline = seed.normal(30), 0.4, 0.6, -0.3
    x = mean + std * eps
    score, path = submission.play(more.terms_of_wave, mean, std, eps, baseline)
    weight = torch.sin(2 * x) + x**2 - baseline
    expected = torch.stack([weight * eps / std, weight * (eps**2 - 1) / std], dim=1)
    close(score, expected, rtol=EXACT, atol=TINY, what="the score terms", axes=("sample", BY))
    slope = 2 * torch.cos(2 * x) + 2 * x
    expected = torch.stack([slope, slope * eps], dim=1)
    close(path, expected, rtol=EXACT, atol=TINY, what="the pathwise terms", axes=("sample", BY))


@task("gradients")
def test_baseline_is_zero_by_default(submission, seed):
    """Without a baseline f itself counts, also where it is constant

    Without a baseline f itself counts. Try a constant f.
    """
    eps, c = seed.normal(6), exactly(5, 0, 0)
    plain = submission.play(plays.score_function_terms_by_default, c, 0.5, 2.0, eps)
    close(
        plain,
        submission.play(plays.score_function_terms, c, 0.5, 2.0, eps, 0.0),
        rtol=EXACT,
        what="the terms",
    )
    close(plain, 5 * torch.stack([eps, eps**2 - 1], 1) / 2, rtol=EXACT, atol=TINY, what="the terms")
    best = submission.play(plays.score_function_terms, c, 0.5, 2.0, eps, 5.0)
    close(best, 0 * plain, atol=TINY, what="the terms with the constant as baseline")


@task("gradients")
def test_best_baseline_of_the_square(submission):
    """For x^2 under N(1, 1) a baseline of 4 leaves the terms by mean a variance of 14, the least there is

    The baseline is subtracted from f before the score multiplies it; by how much it lowers the variance can
    be worked out for x^2.
    """
    z, w = hermite()
    spread = []
    for baseline in (3.9, 4.0, 4.1):
        terms = submission.play(plays.score_function_terms, exactly(0, 0, 1), 1.0, 1.0, z, baseline)[:, 0]
        spread.append((w @ terms**2 - (w @ terms) ** 2).item())
    close(spread[1], 14.0, rtol=LONG, what="the variance")
    expect(spread[1] < min(spread[0], spread[2]), "another baseline has a smaller variance")


@task("gradients")
def test_pathwise_terms_of_a_constant(submission, seed):
    """A constant has pathwise terms 0, also for one sample

    Try f that is constant (it does not depend on x) and one sample alone: terms of 0, no error from autograd.
    """
    for n in (1, 7):
        eps = seed.normal(n)
        path = submission.play(plays.pathwise_terms, exactly(3), 0.2, 1.5, eps)
        close(path, torch.zeros(n, 2).double(), atol=TINY, what="the pathwise terms")
    after, requires = submission.play(plays.after_gradients, eps)
    expect(not requires and bool((after == eps).all()), "the noise was changed, or requires a gradient")
