"""Public checks of power averages: exponents worked out, and combinations that are known exactly."""

import torch

from autograder.checks import close, exactly, expect, raises, task

from .near import LONG, near

PROFILES = (
    "Integrate the product of two profiles: the ratio of the ends to the power of the longer one's gamma."
)


@task("power_ema")
def test_exponents_of_the_page(submission):
    """Deviations of 0.01, 0.05, 0.1, 0.15, 0.2 and 0.25 of the run belong to the page's exponents"""
    sigmas = (0.01, 0.05, 0.1, 0.15, 0.2, 0.25)
    came = [submission.ema.power_gamma(sigma) for sigma in sigmas]
    expected = [96.9948978237, 16.9721986023, 6.9372039376, 3.5578687749, 1.8262137799, 0.719823958]
    hint = "Of the cubic's three real roots, the largest is the one that is not below 0."
    close(came, expected, rtol=1e-9, what="the exponents", hint=hint)  # nine digits are given


@task("power_ema")
def test_exponents_solve_their_equation(submission):
    """sigma^2 (gamma + 2)^2 (gamma + 3) = gamma + 1, up to 0.2886; 0.289 and 0 raise ValueError"""
    for sigma in (0.02, 0.13, 0.28, 0.2886):
        gamma = submission.ema.power_gamma(sigma)
        near(
            sigma**2 * (gamma + 2) ** 2 * (gamma + 3) / (gamma + 1),
            1.0,
            f"the two sides' ratio at {sigma}",
            "",
            LONG,
        )
        expect(gamma >= 0, f"gamma is {gamma} for {sigma}", "The other roots are below 0.")
    for sigma in (0.0, -0.1, 0.289, 0.3, 1.0):
        with raises(ValueError, f"sigma_rel = {sigma} is to be refused: 1 / sqrt(12) = 0.28868 is the most."):
            submission.ema.power_gamma(sigma)


@task("power_ema")
def test_betas_of_the_page(submission):
    """With gamma = 1 the average keeps 0, 1/4, 4/9, 9/16 and 16/25 of itself in the first five steps"""
    came = [submission.ema.power_beta(step, 1.0) for step in range(1, 6)]
    hint = "(1 - 1 / step) to the power of gamma + 1, steps counted from 1."
    near(came, [0, 1 / 4, 4 / 9, 9 / 16, 16 / 25], "the betas", hint)


@task("power_ema")
def test_average_of_a_line(submission):
    """The average of 1, 2, 3, 4 with gamma = 1 is 3.125, and with gamma = 0 the plain mean, 2.5"""
    for gamma, expected in ((1.0, 3.125), (0.0, 2.5), (2.0, (1 + 2 * 7 + 3 * 19 + 4 * 37) / 64)):
        average = 100.0  # the first step forgets this
        for step in range(1, 5):
            beta = submission.ema.power_beta(step, gamma)
            average = beta * average + (1 - beta) * step
        near(average, expected, f"the average of 1, 2, 3, 4 with gamma = {gamma:g}", "beta is 0 at step 1.")


@task("power_ema", weight=2)
def test_two_averages_make_a_third(submission):
    """From averages of gamma 1, stored at steps 2 and 4, gamma 2 at step 4 takes -2/13 and 15/13"""
    came = submission.ema.posthoc_weights([2, 4], [1.0, 1.0], 4, 2.0)
    near(came, exactly(-2 / 13, 15 / 13), "the weights", f"{PROFILES} At the end divide by the sum.")
    expect(came.dtype == torch.float64, f"the weights are {came.dtype}; expected torch.float64")
    came = submission.ema.posthoc_weights([4, 2, 3], [1.0, 1.0, 0.5], 4, 2.0)
    near(came.sum(), 1.0, "the sum of the weights", "Divide by the sum: weights that never change must stay.")


@task("power_ema")
def test_stored_averages_are_found(submission):
    """What was stored is found again: the weights are 1 for it and 0 for the others"""
    gammas = [16.9721986023, 6.9372039376] * 3
    steps = [250, 250, 500, 500, 1000, 1000]
    for place in (5, 0, 3):
        came = submission.ema.posthoc_weights(steps, gammas, steps[place], gammas[place])
        expected = torch.zeros(6).double()
        expected[place] = 1
        near(came, expected, f"the weights for what was stored as number {place}", PROFILES, LONG)
