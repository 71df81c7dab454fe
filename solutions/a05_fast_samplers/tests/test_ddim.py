"""Public checks of one DDIM step: a worked example, the posterior, and the edges of the range of levels."""

import math

import torch

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import IN_PLACE, exactly, expect_dtype, near

ETAS = ((0.0, 0.0, 8.6), (0.5, 0.248039, 8.546330), (1.0, 0.496078, 8.3375))  # eta, sigma, x without noise


@task("ddim_step")
def test_sigma_of_a_worked_example(submission):
    """From alpha_bar 0.36 to 0.64 sigma is sqrt(0.24609375) = 0.496078 at eta = 1, half of it at 0.5"""
    hint = "(1 - 0.64) / (1 - 0.36) times 1 - 0.36 / 0.64 is sigma squared at eta = 1."
    for eta in (0.0, 0.5, 1.0):
        sigma = submission.ddim.ddim_sigma(0.36, 0.64, eta)
        near(sigma, eta * math.sqrt(0.24609375), f"sigma at eta = {eta:g}", hint)


@task("ddim_step", weight=2)
def test_step_of_a_worked_example(submission):
    """x_0 = 10 and eps = 1 step to 8.6 at eta = 0, 8.546330 at 0.5 and 8.3375 at 1, before the fresh noise"""
    x0, eps, none = exactly(10, 10), exactly(1, -1), exactly(0, 0)
    for eta, _, expected in ETAS:
        x = submission.ddim.ddim_step(x0, eps, none, 0.36, 0.64, eta)
        hint = "Signal and both kinds of noise: 0.64 + (1 - 0.64 - sigma^2) + sigma^2 = 1 are variances."
        close(x, exactly(expected, 16 - expected), rtol=1e-6, what=f"x at eta = {eta:g}", hint=hint)
        other = math.sqrt(0.36 - eta**2 * 0.24609375)
        near(x, exactly(8 + other, 8 - other), f"x at eta = {eta:g}", hint)


@task("ddim_step")
def test_fresh_noise_has_deviation_sigma(submission):
    """Fresh noise of 2 adds 2 sigma: 0.992157 at eta = 1, 0.496078 at 0.5, and nothing by default"""
    one, noise = exactly(1, 1), exactly(2, -2)
    for eta in (1.0, 0.5):
        loud, quiet = (submission.ddim.ddim_step(one, one, n, 0.36, 0.64, eta) for n in (noise, 0 * noise))
        hint = "sigma is a deviation: it multiplies the noise as it is."
        near(loud - quiet, eta * math.sqrt(0.24609375) * noise, f"what the noise adds at eta = {eta:g}", hint)
    x = submission.ddim.ddim_step(exactly(10, 10), one, noise, 0.36, 0.64)
    near(x, exactly(8.6, 8.6), "x by default", "eta = 0 is the default.")


@task("ddim_step")
def test_eta_1_is_the_posterior(submission, seed):
    """With eta = 1 and s = t - 1 mean and variance are those of q(x_{t-1} | x_t, x_0), on linear betas"""
    beta = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    alpha_bar = torch.cumprod(1 - beta, 0)
    x0, eps = seed.fork("x0").normal(4), seed.fork("eps").normal(4)
    for t in (1, 2, 30, 400, 999):
        now, before, b = alpha_bar[t].item(), alpha_bar[t - 1].item(), beta[t].item()
        x_t = math.sqrt(now) * x0 + math.sqrt(1 - now) * eps
        mean = (math.sqrt(before) * b * x0 + math.sqrt(1 - b) * (1 - before) * x_t) / (1 - now)
        x = submission.ddim.ddim_step(x0, eps, 0 * eps, now, before, 1.0)
        hint = "(1 - alpha_bar_{t-1}) / (1 - alpha_bar_t) beta_t is the variance that DDPM calls beta-tilde."
        near(x, mean, f"the mean at t = {t}", hint, rtol=1e-9)
        near(
            submission.ddim.ddim_sigma(now, before, 1.0) ** 2,
            (1 - before) / (1 - now) * b,
            "sigma^2",
            hint,
            1e-9,
        )


@task("ddim_step")
def test_last_step_gives_the_image(submission):
    """At a_s = 1 the result is x_0, whatever eta, eps and the noise are"""
    x0, eps, noise = exactly(0.3, -2), exactly(5, 7), exactly(-4, 9)
    for eta in (0.0, 0.5, 1.0):
        x = submission.ddim.ddim_step(x0, eps, noise, 0.9, 1.0, eta)
        hint = "At alpha_bar = 1 there is no noise: neither eps nor fresh noise has a part."
        near(x, x0, f"x at eta = {eta:g}", hint)


@task("ddim_step")
def test_eta_0_also_leads_upwards(submission):
    """With eta = 0 a step may lead to more noise, also from alpha_bar = 1; with eta > 0 that raises"""
    x0, eps = exactly(10, 1), exactly(1, -2)
    for a_t in (0.64, 1.0):
        x = submission.ddim.ddim_step(x0, eps, 0 * eps, a_t, 0.36)
        hint = "At eta = 0 sigma is 0 before any root or quotient is formed: inversion needs that."
        near(x, exactly(6.8, -1), f"x from {a_t:g} to 0.36", hint)
        near(float(submission.ddim.ddim_sigma(a_t, 0.36, 0.0)), 0.0, "sigma upwards at eta = 0", hint)
    with raises(ValueError, hint="Fresh noise is added on the way down only."):
        submission.ddim.ddim_sigma(0.64, 0.36, 0.5)
    with raises(ValueError, hint="Fresh noise is added on the way down only."):
        submission.ddim.ddim_step(x0, eps, eps, 0.64, 0.36, 1.0)


@task("ddim_step")
def test_step_from_pure_noise(submission):
    """From alpha_bar = 0 with eta = 1 all noise is fresh: x is sqrt(a_s) x_0 + sqrt(1 - a_s) noise"""
    x0, eps, noise = exactly(1, 2), exactly(3, -1), exactly(-2, 0.5)
    for a_s in (0.02, 0.1, 0.17, 0.25, 0.31, 0.47, 0.6, 0.83):
        x = submission.ddim.ddim_step(x0, eps, noise, 0.0, a_s, 1.0)
        hint = (
            "1 - a_s - sigma^2 is 0 here, and rounding may leave less than 0: no root can be taken of that."
        )
        expected = math.sqrt(a_s) * x0 + math.sqrt(1 - a_s) * noise
        close(x, expected, rtol=1e-6, atol=1e-6, what=f"x at a_s = {a_s:g}", hint=hint)  # sqrt(1e-16) is 1e-8


@task("ddim_step")
def test_step_keeps_shape_and_dtype(submission, seed):
    """float32 images of any shape stay float32, and nothing that came in is changed"""
    for dims in ((3,), (2, 1, 4, 5)):
        x0, eps, noise = (
            seed.fork(name).normal(*dims, dtype=torch.float32) for name in ("x0", "eps", "noise")
        )
        x = submission.ddim.ddim_step(x0, eps, noise, 0.36, 0.64, 1.0)
        expect_dtype(x, torch.float32, "float64 times float32 is float64: use Python numbers, or cast.")
        expect(x.shape == x0.shape, f"x has shape {tuple(x.shape)}; expected {tuple(x0.shape)}")
        after = submission.play(plays.after_ddim_step, x0, eps, noise)
        close(after, [x0, eps, noise], rtol=0, what="the arguments", hint=IN_PLACE)
