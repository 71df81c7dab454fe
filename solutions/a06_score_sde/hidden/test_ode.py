"""Hidden checks of the likelihood: fresh laws and SDEs against the exact flow, and an adaptive solver."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task

from .. import plays
from .fresh import EXACT, at, expect_in_step, expect_unchanged, exploding, preserving


def units(b: int, d: int) -> Tensor:
    """Return the unit vectors as probes for b samples, (d, b, d)."""
    return torch.eye(d, dtype=torch.float64)[:, None].repeat(1, b, 1)


def floor(sde: list[Tensor], x: Tensor, mean: Tensor, covariance: Tensor, start: float) -> Tensor:
    """Return what an exact solver gives, coordinate by coordinate of the covariance's own axes."""
    sizes, axes = torch.linalg.eigh(covariance)
    y, m = x @ axes, mean @ axes
    (a, v), (b, w) = ((at(sde[2], t), at(sde[3], t)) for t in (start, 1.0))
    ratio = ((b * b * sizes + w) / (a * a * sizes + v)).sqrt()
    x_1 = b * m + (y - a * m) * ratio
    prior = torch.distributions.Normal(torch.zeros((), dtype=torch.float64), sde[4])
    return (prior.log_prob(x_1) + ratio.log()).sum(dim=1)


# -------------------- 5.1 log_likelihood
@task("log_likelihood", gate=True)
def test_likelihood_is_an_answer_at_all(submission, seed):
    """Log p falls with the distance from fresh data, and so does the prior's"""
    x = seed.normal(30, 2) * torch.linspace(0.2, 2, 30, dtype=torch.float64)[:, None]
    sde = preserving(0.1, 12)
    expect_in_step(submission.play(plays.prior_log_prob, sde, x), x.square().sum(1))
    times = torch.linspace(1e-3, 1, 7, dtype=torch.float64)
    mean, covariance = exactly(0, 0), 0.5 * torch.eye(2).double()
    came = submission.play(plays.log_likelihood, sde, [mean, covariance], x, times, units(30, 2))
    expect_in_step(came["log_prob"], x.square().sum(1))


@task("log_likelihood", weight=2)
def test_likelihood_of_fresh_laws(submission, seed):
    """Correlated data in three dimensions under fresh betas: log p is that of the exact flow

    Add the integral of the divergence to the prior's log-density at the end: correlated data tell a trace
    from a sum, and the drift's sign.
    """
    root = torch.eye(3).double() + 0.4 * seed.fork("root").normal(3, 3)
    mean, covariance = seed.fork("mean").normal(3), root @ root.T / 2 + 0.1 * torch.eye(3).double()
    sde = preserving(0.1 + seed.fork("low").uniform(1).item(), 6 + 6 * seed.fork("high").uniform(1).item())
    x = seed.fork("x").normal(4, 3)
    times = torch.linspace(1e-2, 1, 13, dtype=torch.float64) ** 2
    came = submission.play(plays.log_likelihood, sde, [mean, covariance], x, times, units(4, 3))
    expected = floor(sde, x, mean, covariance, times[0].item())
    close(came["log_prob"], expected, rtol=0, atol=2e-2, what="log p")
    expect(
        came["calls"] <= 48,
        f"the divergence was called {came['calls']} times in 12 steps; expected 48 at most",
    )


@task("log_likelihood")
def test_likelihood_under_fresh_levels(submission, seed):
    """Under a variance-exploding SDE the prior has the largest level's deviation

    The prior's deviation is that of the SDE's law at its end: 1 for VP, the largest level for VE.
    """
    high = 5 + 10 * seed.fork("high").uniform(1).item()
    sde, mean = exploding(0.05, high), seed.fork("mean").normal(2)
    x, covariance = seed.fork("x").normal(3, 2), torch.diag(exactly(0.4, 1.5))
    times = torch.linspace(1e-3, 1, 21, dtype=torch.float64)
    came = submission.play(plays.log_likelihood, sde, [mean, covariance], x, times, units(3, 2))
    close(came["log_prob"], floor(sde, x, mean, covariance, 1e-3), rtol=0, atol=2e-2, what="log p")
    prior = torch.distributions.Normal(exactly(0)[0], exactly(high)[0])
    y = 3 * high * seed.fork("y").normal(4, 1, 2, 3)
    value = submission.play(plays.prior_log_prob, sde, y)
    close(value, prior.log_prob(y).sum(dim=(1, 2, 3)), rtol=1e-9, what="the prior of images")


@task("log_likelihood")
def test_error_falls_with_the_fourth_power(submission):
    """Twice as many steps divide the error by eight at least: of fourth order, it is sixteen

    Double the steps: Runge-Kutta's error falls sixteenfold. The four slopes of x and of log p are taken at
    the same points.
    """
    sde, mean, covariance = preserving(0.1, 20), exactly(0.3, 0.3), 0.25 * torch.eye(2).double()
    x = torch.tensor([[0.3, 0.8], [1, -1]], dtype=torch.float64)
    errors = []
    for steps in (10, 20):
        times = torch.linspace(math.sqrt(1e-5), 1, steps + 1, dtype=torch.float64) ** 2
        came = submission.play(plays.log_likelihood, sde, [mean, covariance], x, times, units(2, 2))
        expect(
            came["calls"] <= 4 * steps, f"the divergence was called {came['calls']} times in {steps} steps"
        )
        errors.append((came["log_prob"] - floor(sde, x, mean, covariance, 1e-5)).abs().max().item())
    small = errors[1] < max(errors[0] / 8, 1e-7)
    expect(small, f"the error is {errors[0]:.2g} with 10 steps and {errors[1]:.2g} with 20")


@task("log_likelihood")
def test_one_probe_for_the_whole_path(submission, seed):
    """With one probe z the integral is that of z . J z, as an adaptive solver finds it

    Hutchinson's probe is drawn once and used along the whole path: z . J z.
    """
    from scipy.integrate import solve_ivp

    sde, W = preserving(0.5, 6), torch.tensor([[1.0, 0.5], [0.5, 0.8]]).double()
    z, mean, x = exactly(1, -1), exactly(0.2, -0.1), seed.normal(1, 2)

    def slope(t, y):
        f, g2, alpha = at(sde[0], t), at(sde[1], t), at(sde[2], t)
        inverse = torch.linalg.inv(alpha**2 * W + at(sde[3], t) * torch.eye(2).double())
        moved = f * exactly(*y[:2]) + g2 / 2 * inverse @ (exactly(*y[:2]) - alpha * mean)
        return [*moved.tolist(), 2 * f + g2 / 2 * (z @ inverse @ z).item()]

    found = solve_ivp(slope, (0.01, 1), [*x[0].tolist(), 0.0], rtol=1e-6, atol=1e-8).y[:, -1]
    prior = -(found[0] ** 2 + found[1] ** 2) / 2 - math.log(2 * math.pi)
    times = torch.linspace(0.01, 1, 13, dtype=torch.float64)
    came = submission.play(plays.log_likelihood, sde, [mean, W], x, times, z[None, None])
    close(came["log_prob"][0], exactly(prior + found[2])[0], rtol=0, atol=1e-3, what="log p")
    close(came["result"][0], exactly(*found[:2]), rtol=0, atol=1e-3, what="x_1")


@task("log_likelihood")
def test_likelihood_keeps_what_it_was_given(submission, seed):
    """Images of any shape, float32 in and out, no gradient recorded, nothing changed; bits of any levels

    One number for each image, in its dtype; bits are per value, and levels add their logarithm.
    """
    x, times = seed.normal(2, 1, 2, 2), torch.linspace(0.01, 1, 6, dtype=torch.float64)
    law, probes = [torch.zeros(4).double(), torch.eye(4).double()], units(2, 4).reshape(4, 2, 1, 2, 2)
    came = submission.play(plays.log_likelihood, preserving(1, 3), law, x, times, probes)
    close(
        came["log_prob"],
        -(x.square().sum((1, 2, 3)) / 2) - 2 * math.log(2 * math.pi),
        rtol=1e-9,
        what="log p of noise",
    )
    expect(not came["tracked"], "gradients were recorded on the way")
    expect_unchanged(came["arguments"], [x, times, probes])
    given = (x.float(), times, probes.float())
    single = submission.play(plays.log_likelihood, preserving(1, 3), law, *given)
    for key in ("log_prob", "result"):
        expect(single[key].dtype == torch.float32, f"{key} of float32 images is {single[key].dtype}")
    for levels in (2, 17, 256):
        density = exactly(0.7, 1.3).log() * 5  # of five coordinates
        bits = submission.ode.bits_per_dim(density, 5, levels)
        expected = -(exactly(0.7, 1.3) * 2 / levels).log2()
        close(bits, expected, rtol=EXACT, atol=EXACT, what=f"the bits of {levels} levels")
