"""Public checks of Heun's method and of churn: worked steps, and chains whose every coefficient is known."""

import math

import torch
from torch import Tensor

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import IN_PLACE, LONG, exactly, expect_dtype, expect_no_trace, expect_told, near, probed, probes

CORRECTED = "The second slope is taken at the new x and the new sigma, and the step goes from the old x."


def karras(n: int, rho: float = 7.0) -> Tensor:
    """Return n levels from 80 to 0.002, and 0."""
    low, high = 0.002 ** (1 / rho), 80 ** (1 / rho)
    return exactly(*(((n - 1 - i) / (n - 1) * high + i / (n - 1) * low) ** rho for i in range(n)), 0)


# -------------------- 4.1 heun_sample
@task("heun_sample")
def test_black_images(submission):
    """If all images are black, x shrinks with sigma in every step: from 4 over 2 to 1, x = 8 becomes 2"""
    for order in (1, 2):
        x = submission.play(plays.heun_sample, exactly(8, -4), exactly(4, 2, 1), order=order)["result"]
        hint = "The slope is (x - D) / sigma; with D = 0 it is the same before and after a step."
        near(x, exactly(2, -1), f"x, order {order},", hint)


@task("heun_sample", weight=2)
def test_one_step_on_a_curve(submission):
    """With D = x^2, one step from sigma = 2 to 1 leads x = 1 to 1 and x = 4 to 52 by Heun, to 10 by Euler"""
    sigmas = exactly(2, 1)
    euler = submission.play(plays.heun_sample, exactly(1, 4), sigmas, bend=1.0, order=1)["result"]
    near(euler, exactly(1, 10), "x, order 1,", "The slope is (x - D) / sigma, times sigma_next - sigma.")
    heun = submission.play(plays.heun_sample, exactly(1, 4), sigmas, bend=1.0, order=2)["result"]
    near(heun, exactly(1, 52), "x, order 2,", CORRECTED)  # (4 - 16) / 2 = -6; (10 - 100) / 1 = -90; 4 + 48


@task("heun_sample")
def test_levels_that_the_denoiser_is_told(submission):
    """From 4 over 2 and 1 to 0 the denoiser is told 4, 2, 2, 1, 1, and with order 1 it is told 4, 2, 1"""
    sigmas, x = exactly(4, 2, 1, 0), exactly(1, -2)
    came = submission.play(plays.heun_sample, x, sigmas, 0.3, 0.5, order=2)
    hint = "Two calls a step, at its beginning and at its end; only one where it leads to 0."
    expect_told(came["asked"], "sigma", [4, 2, 2, 1, 1], hint)
    expect_no_trace(came, x, sigmas)
    came = submission.play(plays.heun_sample, x, sigmas, 0.3, 0.5, order=1)
    expect_told(came["asked"], "sigma", [4, 2, 1], "Euler's method has one call a step.")


@task("heun_sample", weight=2)
def test_chain_of_18_steps(submission):
    """For data N(0.3, 0.5^2) 18 steps end at deviation 0.527625 by Heun, 35 calls, and 0.423031 by Euler"""
    for order, deviation, calls in ((2, 0.527625, 35), (1, 0.423031, 18)):
        came = submission.play(plays.heun_sample, exactly(0, 80), karras(18), 0.3, 0.5, order=order)
        at_0, at_80 = came["result"].tolist()
        close(at_80 - at_0, deviation, rtol=1e-5, what=f"the deviation, order {order},", hint=CORRECTED)
        asked = len(came["asked"])
        expect(
            asked == calls, f"order {order} took {asked} calls; expected {calls}", "2 n - 1, and n by Euler."
        )


@task("heun_sample")
def test_without_a_final_0_every_step_is_corrected(submission):
    """Levels that end above 0 have two calls in every step, and stop there"""
    sigmas = exactly(3, 1, 0.5)
    came = submission.play(plays.heun_sample, exactly(2, -1), sigmas, 0.3, 0.5)
    x = exactly(2, -1)
    for here, there in ((3, 1), (1, 0.5)):
        slope, pull = (x - 0.3) * here / (0.25 + here**2), there / (0.25 + there**2)
        predicted = x + (there - here) * slope
        x = x + (there - here) / 2 * (slope + (predicted - 0.3) * pull)
    near(came["result"], x, "x", CORRECTED, LONG)
    expect(len(came["asked"]) == 4, f"two steps took {len(came['asked'])} calls; expected 4")


@task("heun_sample")
def test_order_and_dtype(submission):
    """The default is order 2, order 3 raises ValueError, and float32 images stay float32"""
    x, sigmas = exactly(1, 4), exactly(2, 1)
    near(submission.play(plays.heun_sample, x, sigmas, bend=1.0)["result"], exactly(1, 52), "x by default")
    with raises(ValueError, hint="There are orders 1 and 2."):
        submission.play(plays.heun_sample, x, sigmas, order=3)
    came = submission.play(plays.heun_sample, x.float(), sigmas, 0.3, 0.5)["result"]
    expect_dtype(
        came, torch.float32, "sigmas.tolist() gives Python numbers, which leave the images' dtype alone."
    )


# -------------------- 4.2 churn
SETTINGS = {"S_churn": 5.0, "S_min": 0.05, "S_max": 50.0, "S_noise": 1.0}


@task("churn")
def test_gamma_is_the_smaller_of_two(submission):
    """With n = 18 a level rises by 5 / 18 at S_churn = 5, and by sqrt(2) - 1 at most"""
    for S_churn, gamma in ((5.0, 5 / 18), (40.0, math.sqrt(2) - 1), (0.0, 0.0), (7.0, 7 / 18)):
        _, raised = submission.edm.churn(exactly(1, 2), 3.0, exactly(1, -1), 18, S_churn)
        hint = "sigma grows by the share gamma, min(S_churn / n, sqrt(2) - 1). n counts all steps."
        near(float(raised), 3 * (1 + gamma), f"the level at S_churn = {S_churn:g}", hint)


@task("churn", weight=2)
def test_noise_fills_the_gap_of_variances(submission):
    """From sigma = 3 up to 5 the noise has deviation 4, and S_noise = 1.5 makes it 6"""
    S_churn = 10 * (5 / 3 - 1)  # n = 10; gamma would be 2/3, and sqrt(2) - 1 is less
    x, noise = exactly(7, 7), exactly(1, -2)
    for S_noise in (1.0, 1.5):
        raised_x, raised = submission.edm.churn(x, 3.0, noise, 10, S_churn, 0.0, math.inf, S_noise)
        hint = "sigma_hat^2 - sigma^2 is the variance to add: 3 sqrt(2) has 9 more than 3."
        share = "sigma grows by the share gamma, which is sqrt(2) - 1 at most."
        near(float(raised), 3 * math.sqrt(2), "the level", share)
        near(raised_x, x + S_noise * 3 * noise, f"x at S_noise = {S_noise:g}", hint)
    raised_x, raised = submission.edm.churn(x, 3.0, noise, 24, 3.0)  # gamma = 1/8
    near(raised_x, x + 3 * math.sqrt(0.265625) * noise, "x at gamma = 1/8", "S_noise is 1 by default.")


@task("churn")
def test_interval_of_churn(submission):
    """Both ends of [S_min, S_max] are churned; outside x and sigma come back as they were"""
    x, noise = exactly(0.1, -0.7), exactly(1, 2)
    for sigma, churned in ((0.5, True), (2.0, True), (0.49, False), (2.1, False)):
        raised_x, raised = submission.edm.churn(x, sigma, noise, 10, 1.0, 0.5, 2.0)
        gamma = 0.1 if churned else 0.0
        what = f"the level from sigma = {sigma:g} when S_min is 0.5 and S_max 2"
        hint = "sigma grows by the share gamma, here 0.1, where S_min <= sigma <= S_max, both included."
        near(float(raised), (1 + gamma) * sigma, what, hint)
        if not churned:
            close(raised_x, x, rtol=0, what="x", hint="Where the level stays, x stays.")
    after = submission.play(plays.after_churn, x, noise)
    close(after, [x, noise], rtol=0, what="the arguments", hint=IN_PLACE)


@task("churn", weight=2)
def test_chain_with_churn(submission):
    """For data N(0.3, 0.5^2) and S_churn = 5 in [0.05, 50], 18 steps end with deviation 0.551285"""
    x_T, noises = probes(18)
    came = submission.play(plays.stochastic_sample, 80 * x_T, karras(18), noises, SETTINGS, 0.3, 0.5)
    intercept, slope, of_noise = probed(came["result"])
    hint = "Each of Heun's steps begins at sigma_hat, and divides by it."
    close(intercept, 0.299803, rtol=1e-5, what="the mean", hint=hint)
    close(slope, 0.052400, rtol=1e-4, what="80 times the coefficient of x_T", hint=hint)
    total = (slope**2 + of_noise.square().sum()).sqrt()
    close(total, 0.551285, rtol=1e-5, what="the deviation", hint=hint)
    quiet = [i for i, sigma in enumerate(karras(18)[:-1].tolist()) if not 0.05 <= sigma <= 50]
    near(
        of_noise[quiet],
        exactly(*(0 for _ in quiet)),
        "the coefficient of unused noise",
        "See S_min and S_max.",
    )


@task("churn")
def test_levels_after_churn(submission):
    """The denoiser is told the raised level at the beginning of each step, and 0 is never reached by it"""
    sigmas, settings = exactly(4, 2, 1.1, 0), {"S_churn": 0.75}
    x, noises = exactly(1, -1), torch.zeros(3, 2).double()
    came = submission.play(plays.stochastic_sample, x, sigmas, noises, settings, 0.3, 0.5)
    hint = "n is the number of steps, 3: gamma is 1/4. Float32 rounds levels: keep them in float64."
    expect_told(came["asked"], "sigma", [5, 2, 2.5, 1.1, 1.375], hint)
    expect_no_trace(came, x, sigmas, noises)


@task("churn")
def test_without_churn_it_is_heun(submission, seed):
    """S_churn = 0 gives Heun's chain; noises may be an iterator, and there must be one for each step"""
    x, noises = seed.fork("x").normal(3), seed.fork("z").normal(18, 3)
    given = (80 * x, karras(18), noises, {"S_churn": 0.0}, 0.3, 0.5)
    came = submission.play(plays.stochastic_sample, *given, lazy=True)["result"]
    at_0, slope = 0.298055, 0.527625 / 80
    close(came, at_0 + slope * 80 * x, rtol=1e-4, atol=1e-4, what="the images", hint="gamma is 0 then.")
    for n in (17, 19):
        with raises(ValueError, hint="zip stops at the shorter one without a word, unless it is strict."):
            submission.play(plays.stochastic_sample, 80 * x, karras(18), torch.zeros(n, 3).double(), SETTINGS)
    came = submission.play(
        plays.stochastic_sample, x.float(), exactly(2, 1, 0), noises[:2].float(), {"S_churn": 1.0}, 0.3, 0.5
    )["result"]
    expect_dtype(came, torch.float32, "Levels are Python numbers: they leave the images' dtype alone.")
