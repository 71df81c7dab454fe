"""Public checks of the likelihood: priors, flows that are known exactly, and what a bit is."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task

from .. import plays
from .known import SUB_VP, VE, VP, at, law
from .near import EXACT, RECORDED, expect_dtype, expect_unchanged, probes_of

START = 1e-5  # where data begin: at t = 0 SubVP has no noise at all
X = torch.tensor([[0.3, 0.8], [1, -1], [0, 3]], dtype=torch.float64)
UNITS = probes_of((1, 0), (0, 1), b=3)
FOURTH = 1e-3  # nats; RK4 with 20 steps is off by 7e-5, Euler by 0.5
A = torch.tensor([[2, 0.6], [0.6, 1]], dtype=torch.float64)


def squares(steps: int) -> Tensor:
    """Return steps + 1 times from 1e-5 to 1 that are dense near the data."""
    return torch.linspace(math.sqrt(START), 1, steps + 1, dtype=torch.float64) ** 2


def floor(
    sde: list[Tensor], x: Tensor, mean: float, std: float, start: float = START
) -> tuple[Tensor, Tensor]:
    """Return what an exact solver gives for N(mean, std^2): log prior at x_1 plus the log of the stretch."""
    (a, v), (b, w) = ((at(sde[2], t), at(sde[3], t)) for t in (start, 1.0))
    ratio = math.sqrt((b * b * std**2 + w) / (a * a * std**2 + v))
    x_1 = b * mean + (x - a * mean) * ratio
    prior = -0.5 * (x_1 / sde[4]) ** 2 - math.log(sde[4]) - 0.5 * math.log(2 * math.pi)
    return prior.sum(dim=1) + x.shape[1] * math.log(ratio), x_1


# -------------------- 5.1 log_likelihood
@task("log_likelihood")
def test_prior_of_noise(submission, seed):
    """Three zeros have log prior -2.7568156 in VP and -14.4928846 in VE; images that of N(0, std^2)"""
    for name, sde, expected in (("VP", VP, -2.7568156), ("VE", VE, -14.4928846)):
        value = submission.play(plays.prior_log_prob, sde, torch.zeros(1, 3).double())
        hint = "-log(std) - log(2 pi) / 2 for each coordinate, with std = sde.prior_std()."
        close(value, exactly(expected), rtol=1e-8, what=f"the log prior in {name}", hint=hint)
    x = 30 * seed.normal(4, 2, 3)
    normal = torch.distributions.Normal(0.0, torch.tensor(50.0).double())
    value = submission.play(plays.prior_log_prob, VE, x)
    close(value, normal.log_prob(x).sum(dim=(1, 2)), rtol=EXACT, what="the log prior of images in VE")


@task("log_likelihood")
def test_data_that_are_noise_already(submission):
    """N(0, 1) data under VP: the flow moves nothing, and log p is the log prior"""
    given = (law(0, 1, 2), X, squares(10), UNITS)
    came = submission.play(plays.log_likelihood, VP, *given)
    expected = -(X.square() / 2).sum(dim=1) - math.log(2 * math.pi)
    close(came["log_prob"], expected, rtol=EXACT, what="log p")
    close(came["result"], X, rtol=EXACT, atol=EXACT, what="x_1", hint="f x and g^2 score / 2 cancel here.")


@task("log_likelihood", weight=2)
def test_likelihood_under_vp(submission):
    """N(0.3, 0.5^2) under VP, 20 steps: -0.9535760, -4.8091016, -15.2205640 at three points"""
    came = submission.play(plays.log_likelihood, VP, law(0.3, 0.5, 2), X, squares(20), UNITS)
    expected, x_1 = floor(VP, X, 0.3, 0.5)
    hint = "The log prior at x_1 plus the integral of div F. Off by 0.1 or so: is your solver of order 4?"
    close(x_1.shape, X.shape, what="the shape of x_1")
    close(
        came["result"],
        x_1,
        rtol=0,
        atol=FOURTH,
        what="x_1",
        hint="F = f x - g^2 score / 2, from data to noise.",
    )
    close(came["log_prob"], expected, rtol=0, atol=FOURTH, what="log p", hint=hint)


@task("log_likelihood")
def test_likelihood_under_sub_vp(submission):
    """The same data under SubVP, 10 steps: -0.9535956, -4.8089700, -15.2200247"""
    came = submission.play(plays.log_likelihood, SUB_VP, law(0.3, 0.5, 2), X, squares(10), UNITS)
    expected, _ = floor(SUB_VP, X, 0.3, 0.5)
    close(came["log_prob"], expected, rtol=0, atol=1e-2, what="log p")


@task("log_likelihood")
def test_likelihood_under_ve(submission):
    """The same data under VE, whose prior has deviation 50, with 20 even steps"""
    times = torch.linspace(START, 1, 21, dtype=torch.float64)
    came = submission.play(plays.log_likelihood, VE, law(0.3, 0.5, 2), X, times, UNITS)
    expected, _ = floor(VE, X, 0.3, 0.5)
    hint = (
        "Off by less than 20: is your solver of order 4? By hundreds: the prior is N(0, 50^2), not N(0, 1)."
    )
    close(came["log_prob"], expected, rtol=0, atol=0.1, what="log p", hint=hint)


@task("log_likelihood")
def test_divergence_is_the_one_that_was_given(submission):
    """Correlated data: unit vectors give -2.089766, the probe (1, 1) -1.646306, four signs -2.089766"""
    mean, covariance = exactly(0.3, -0.2), torch.linalg.inv(A)
    given = (VP, [mean, covariance], X, squares(10))
    exact = submission.play(plays.log_likelihood, *given, UNITS)["log_prob"]
    expected = exactly(-2.08976626, -2.06684135, -6.22137315)
    close(exact, expected, rtol=0, atol=5e-3, what="log p by unit vectors")
    one = submission.play(plays.log_likelihood, *given, probes_of((1, 1), b=3))["log_prob"]
    hint = "Call divergence(F, x), with the F of this moment: whoever gave it has chosen the probes."
    close(one[0], exactly(-1.64630637)[0], rtol=0, atol=5e-3, what="log p by the probe (1, 1)", hint=hint)
    signs = probes_of((1, 1), (1, -1), (-1, 1), (-1, -1), b=3)
    four = submission.play(plays.log_likelihood, *given, signs, 0.25)["log_prob"]
    close(four, exact, rtol=0, atol=EXACT, what="log p by four sign vectors", hint=hint)


@task("log_likelihood")
def test_four_divergences_are_enough(submission):
    """Ten steps call the divergence at most 40 times and are off by 0.003 nats at most"""
    came = submission.play(plays.log_likelihood, VP, law(0.3, 0.5, 2), X, squares(10), UNITS)
    expect(came["calls"] <= 40, f"the divergence was called {came['calls']} times; expected 40 at most")
    hint = "Euler and midpoint rules are off by more: take one of fourth order."
    close(came["log_prob"], floor(VP, X, 0.3, 0.5)[0], rtol=0, atol=3e-3, what="log p", hint=hint)
    expect(came["calls"] >= 10, f"the divergence was called only {came['calls']} times in ten steps")
    close(came["times"][0], squares(10)[0], rtol=0, what="the first time at which the score is asked")
    close(came["times"].max(), exactly(1)[0], rtol=EXACT, what="the last time at which the score is asked")


@task("log_likelihood")
def test_likelihood_leaves_no_trace(submission):
    """No gradient is recorded, nothing is changed, and images in float32 have results in float32"""
    x = X[:, None, :]
    given = (x, squares(4), UNITS[:, :, None, :])
    came = submission.play(plays.log_likelihood, VP, law(0.3, 0.5, 2), *given)
    expect(not came["tracked"], RECORDED)
    expect_unchanged(came["arguments"], list(given))
    expect(
        came["result"].shape == x.shape, f"x_1 has shape {tuple(came['result'].shape)}; expected that of x"
    )
    given = (x.float(), squares(4), UNITS[:, :, None, :].float())
    single = submission.play(plays.log_likelihood, VP, law(0.3, 0.5, 2), *given)
    expect_dtype(single["log_prob"], torch.float32, "log p of float32 images")
    close(single["log_prob"], came["log_prob"], rtol=1e-4, what="log p of float32 images")


@task("log_likelihood")
def test_bits_of_a_uniform_density(submission):
    """A uniform density on [-1, 1] costs 8 bits for 256 levels, and log2(17) for 17"""
    log_prob = exactly(-3 * math.log(2), -3 * math.log(2) - 3)
    hint = "A bin is 2 / levels wide: log2(levels / 2) is added to -log p / (d ln 2)."
    bits = submission.ode.bits_per_dim(log_prob, 3)
    close(bits, exactly(8, 8 + 1 / math.log(2)), rtol=EXACT, what="the bits per dimension", hint=hint)
    bits = submission.ode.bits_per_dim(log_prob, 3, 17)
    close(bits[0], exactly(17).log2()[0], rtol=EXACT, what="the bits per dimension of 17 levels", hint=hint)
