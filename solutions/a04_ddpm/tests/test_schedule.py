"""Public checks of the noise schedules: their properties, and numbers that you can work out by hand."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .. import plays
from .near import SINGLE, near

# A short schedule without any pattern, and the signal that it leaves: 0.9, then * 0.8, * 0.95, * 0.5.
BETAS = exactly(0.1, 0.2, 0.05, 0.5)
SIGNAL = exactly(0.9, 0.72, 0.684, 0.342)


def signal_after(betas: Tensor) -> list[float]:
    """Return the signal variance before step 0 and after each step, multiplied out one by one."""
    left = [1.0]
    for beta in betas.tolist():
        left.append(left[-1] * (1 - beta))
    return left


def expect_schedule(values: Tensor, T: int) -> None:
    """Expect T values in float64."""
    expect(len(values) == T, f"{len(values)} values came for T = {T}", "One value for each of the T steps.")
    hint = "torch works in float32 unless it is told dtype=torch.float64."
    expect_dtype(values, torch.float64, hint)


# -------------------- 1.1 linear_betas
@task("linear_betas")
def test_linear_keeps_its_end_points(submission):
    """The first beta is 1e-4 and the last is 0.02, for every T"""
    for T in (1000, 50, 10, 2):
        betas = submission.schedule.linear_betas(T)
        hint = "Both end points belong to the schedule, and they do not depend on T."
        close(betas[:1], exactly(1e-4), rtol=SINGLE, what=f"for T = {T}, betas", hint=hint)
        close(betas[-1:], exactly(0.02), rtol=SINGLE, what=f"for T = {T}, betas[-1:]", hint=hint)


@task("linear_betas")
def test_linear_is_evenly_spaced(submission):
    """Neighbouring betas differ by the same amount"""
    steps = submission.schedule.linear_betas(1000).diff()
    hint = "Is it beta that grows evenly, or its square root or its logarithm?"
    close(steps, steps.mean().expand(len(steps)), rtol=1e-3, what="betas.diff()", hint=hint)


@task("linear_betas")
def test_linear_gives_T_numbers_in_float64(submission):
    """There are T betas, in float64"""
    for T in (10, 1000):
        expect_schedule(submission.schedule.linear_betas(T), T)


@task("linear_betas")
def test_linear_uses_the_end_points_it_is_given(submission):
    """Other end points are used when they are given"""
    betas = submission.schedule.linear_betas(5, beta_start=0.1, beta_end=0.3)
    near(betas, exactly(0.1, 0.15, 0.2, 0.25, 0.3), "betas from 0.1 to 0.3")


@task("linear_betas")
def test_linear_with_one_step(submission):
    """T = 1 gives the first end point alone"""
    betas = submission.schedule.linear_betas(1)
    close(betas, exactly(1e-4), rtol=SINGLE, what="betas", hint="Do you divide by T - 1?")


# -------------------- 1.2 cosine_betas
@task("cosine_betas")
def test_cosine_first_beta(submission):
    """The first beta is small and positive: 4.128e-05 for T = 1000"""
    hint = "Step 0 goes from u = 0 to u = 1/T: how many values of f do you need for T betas?"
    betas = submission.schedule.cosine_betas(1000)
    close(betas[:1], exactly(4.12842e-5), rtol=1e-5, what="betas", hint=hint)


@task("cosine_betas")
def test_cosine_clips_one_beta(submission):
    """At T = 1000 only the last beta is clipped, to 0.999"""
    betas = submission.schedule.cosine_betas(1000)
    hint = "At u = 1 no signal is left, so the last beta would be 1. What does max_beta do to it?"
    near(betas[-2:], exactly(0.74999939, 0.999), "betas[-2:]", hint)


@task("cosine_betas")
def test_cosine_signal_follows_f(submission):
    """The products of 1 - beta follow f(u) / f(0) at the ends of the intervals"""
    left = signal_after(submission.schedule.cosine_betas(10))

    def f(u: float) -> float:
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    expected = [f(i / 10) / f(0) for i in range(10)]  # the last beta is clipped, so it has no place here
    hint = "Print f at the ends before you form its ratios."
    near(exactly(*left[:10]), exactly(*expected), "the signal before step", hint)


@task("cosine_betas")
def test_cosine_uses_s_and_max_beta(submission):
    """With s = 0 half of the time leaves half of the signal, and no beta exceeds max_beta"""
    betas = submission.schedule.cosine_betas(4, s=0.0, max_beta=0.6)
    half = exactly(signal_after(betas)[2])
    near(half, exactly(0.5), "the signal after 2 of 4 steps", "Do you use s?")
    near(betas[2:], exactly(0.6, 0.6), "betas[2:]", "Do you use max_beta?")


@task("cosine_betas")
def test_cosine_gives_T_numbers_in_float64(submission):
    """There are T betas, in float64, also for T = 1"""
    for T in (1, 10, 1000):
        expect_schedule(submission.schedule.cosine_betas(T), T)


# -------------------- 1.3 alpha_bars
@task("alpha_bars")
def test_alpha_bars_of_four_steps(submission):
    """Betas 0.1, 0.2, 0.05, 0.5 leave 0.9, 0.72, 0.684, 0.342"""
    hint = "Each step keeps 1 - beta of what the step before left."
    near(submission.schedule.alpha_bars(BETAS), SIGNAL, "alpha_bar", hint)


@task("alpha_bars")
def test_alpha_bars_of_equal_betas(submission):
    """A thousand betas of 0.01 leave 0.99 ** (t + 1)"""
    alpha_bar = submission.schedule.alpha_bars(torch.full((1000,), 0.01, dtype=torch.float64))
    expected = exactly(*(0.99 ** (t + 1) for t in range(1000)))
    hint = "alpha_bar[0] is what step 0 leaves, not what it finds."
    close(alpha_bar, expected, rtol=1e-4, what="alpha_bar", hint=hint)  # also a thousand roundings of float32


@task("alpha_bars")
def test_alpha_bars_gives_T_numbers_in_float64(submission):
    """There are as many values as betas, in float64, also for T = 1"""
    for T in (1, 10):
        expect_schedule(submission.schedule.alpha_bars(torch.full((T,), 0.3, dtype=torch.float64)), T)


@task("alpha_bars")
def test_alpha_bars_after_total_loss(submission):
    """After a beta of 1 nothing is left, and nothing comes back"""
    alpha_bar = submission.schedule.alpha_bars(exactly(0.1, 1.0, 0.2))
    near(alpha_bar, exactly(0.9, 0.0, 0.0), "alpha_bar", "0 must not become NaN.")


# -------------------- 1.4 log_snr
@task("log_snr")
def test_log_snr_of_known_ratios(submission):
    """Signal to noise of 9 : 1, 1 : 1 and 1 : 3 gives ln 9, 0 and -ln 3"""
    value = submission.schedule.log_snr(exactly(0.9, 0.5, 0.25))
    expected = exactly(math.log(9), 0.0, -math.log(3))
    hint = "A ratio of variances, not of deviations; the natural logarithm; signal above noise."
    near(value, expected, "log_snr of 0.9, 0.5, 0.25", hint)


@task("log_snr")
def test_log_snr_is_antisymmetric(submission):
    """Exchanging signal and noise changes the sign"""
    alpha_bar = torch.linspace(0.01, 0.99, 99, dtype=torch.float64)
    value, exchanged = submission.schedule.log_snr(alpha_bar), submission.schedule.log_snr(1 - alpha_bar)
    expect((value.diff() > 0).all(), "more signal does not give a larger log_snr", "Which one is above?")
    near(exchanged, -value, "log_snr(1 - alpha_bar)")


@task("log_snr")
def test_log_snr_of_pure_noise(submission):
    """Where no signal is left it is -inf, not NaN and not a large number"""
    _, value = submission.schedule.log_snr(exactly(0.5, 0.0)).tolist()
    hint = "log(0) is -inf in torch, and that is the answer here: nothing needs to be added or clipped."
    expect(value == -math.inf, f"log_snr of 0.5, 0 ends in {value:.7g}; expected -inf", hint)


@task("log_snr")
def test_log_snr_gives_T_numbers_in_float64(submission):
    """There are as many values as alpha_bars, in float64, also for T = 1"""
    for T in (1, 10):
        expect_schedule(submission.schedule.log_snr(torch.full((T,), 0.3, dtype=torch.float64)), T)


# -------------------- 1.5 zero_terminal_snr
@task("zero_terminal_snr")
def test_zero_terminal_ends_in_pure_noise(submission):
    """The last beta is exactly 1, so no signal is left"""
    betas = submission.schedule.zero_terminal_snr(BETAS)
    hint = "Which square root of alpha_bar must become 0?"
    close(betas[-1:], exactly(1.0), rtol=0, what="betas[-1:]", hint=hint)
    expect_schedule(betas, len(BETAS))


@task("zero_terminal_snr")
def test_zero_terminal_keeps_the_first_step(submission):
    """The first beta stays what it was"""
    hint = "After the shift, stretch so that the first square root is back where it was."
    near(submission.schedule.zero_terminal_snr(BETAS)[:1], BETAS[:1], "betas", hint)


@task("zero_terminal_snr", weight=2)
def test_zero_terminal_shifts_and_stretches_the_roots(submission):
    """The square roots of alpha_bar keep the proportions of their distances"""
    left = signal_after(submission.schedule.zero_terminal_snr(BETAS))
    roots = exactly(*left[1:]).sqrt()
    stretch = roots.diff() / SIGNAL.sqrt().diff()
    hint = "Shift and stretch sqrt(alpha_bar), not alpha_bar and not the betas; then square."
    near(stretch, stretch[:1].expand(3), "the stretch of each distance", hint)


@task("zero_terminal_snr")
def test_zero_terminal_needs_two_steps(submission):
    """One step raises ValueError: its alpha_bar cannot both stay and become 0"""
    with raises(ValueError, hint="Look at the first and the last square root when there is only one."):
        submission.schedule.zero_terminal_snr(exactly(0.1))


@task("zero_terminal_snr")
def test_zero_terminal_leaves_its_input_alone(submission):
    """The betas that came in are not changed"""
    after = submission.play(plays.after_zero_terminal_snr, BETAS)
    hint = "An assignment like betas[-1] = 1 writes into the caller's tensor."
    close(after, BETAS, rtol=0, what="the caller's betas afterwards", hint=hint)
