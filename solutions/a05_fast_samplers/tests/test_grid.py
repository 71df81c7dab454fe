"""Public checks of the levels that a sampler visits: worked lists, ends, and edges."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import IN_PLACE, exactly, expect_dtype, near

SPACINGS = ("leading", "trailing", "linspace")
STRIDE = "Print i T / S beside what you return. Steps are whole numbers: divide with //, subtract afterwards."
FALLING = "The list goes from noisy to clean: the largest step first."


def integers(*values: int) -> Tensor:
    """Return the values in int64."""
    return torch.tensor(values)


# -------------------- 1.1 timesteps
@task("timesteps")
def test_leading_ends_at_step_0(submission):
    """ "leading" gives 800 600 400 200 0 of 1000 steps, and 6 4 2 0 of 10"""
    hint = f"{FALLING} The stride is T // S, and the last step is 0: nothing is added to it."
    for T, steps in ((1000, (800, 600, 400, 200, 0)), (10, (6, 4, 2, 0))):
        came = submission.grid.timesteps(T, len(steps), "leading")
        close(came, integers(*steps), rtol=0, what=f"the steps of {T}", hint=hint)


@task("timesteps")
def test_trailing_begins_at_the_last_step(submission):
    """ "trailing", the default, gives 999 799 599 399 199 of 1000 steps, and 9 7 4 2 of 10"""
    hint = f"{FALLING} The first is T - 1: that is what trailing is for. {STRIDE}"
    for T, steps in ((1000, (999, 799, 599, 399, 199)), (10, (9, 7, 4, 2))):
        for chosen in (("trailing",), ()):
            came = submission.grid.timesteps(T, len(steps), *chosen)
            close(came, integers(*steps), rtol=0, what=f"the steps of {T}", hint=hint)


@task("timesteps")
def test_trailing_where_the_stride_is_no_integer(submission):
    """Of 1000 steps, 7 "trailing" ones are 999 857 714 571 428 285 142, and 29 of 50 are 29"""
    hint = (
        "Round i T / S down, and subtract that from T - 1: counting down in steps of T / S rounds otherwise."
    )
    came = submission.grid.timesteps(1000, 7, "trailing")
    close(came, integers(999, 857, 714, 571, 428, 285, 142), rtol=0, what="the steps of 1000", hint=hint)
    length = len(submission.grid.timesteps(50, 29, "trailing"))
    hint = "range and arange with a stride that is no integer may give one value more, or fewer."
    expect(length == 29, f"29 steps of 50 came as {length} values", hint)


@task("timesteps")
def test_linspace_has_both_ends(submission):
    """ "linspace" gives 999 749 (499 or 500) 250 0 of 1000 steps, and 9 6 3 0 of 10"""
    hint = f"{FALLING} Both ends are in, so S values have S - 1 gaps; round to the nearest step."
    came = submission.grid.timesteps(1000, 5, "linspace")
    near_499 = integers(999, 749, 499 if len(came) > 2 and int(came[2]) == 499 else 500, 250, 0)
    close(came, near_499, rtol=0, what="the steps of 1000", hint=hint)
    close(
        submission.grid.timesteps(10, 4, "linspace"), integers(9, 6, 3, 0), rtol=0, what="4 of 10", hint=hint
    )


@task("timesteps")
def test_every_number_of_steps_falls(submission):
    """For T = 12 and every S from 1 to 12 there are S steps, strictly falling, within 0..11, in int64"""
    for spacing in SPACINGS:
        for S in range(1, 13):
            came = submission.grid.timesteps(12, S, spacing)
            what = f"{S} steps of 12, {spacing!r},"
            expect_dtype(came, torch.int64, "Steps index alpha_bar: they are whole numbers. See .long().")
            expect(len(came) == S, f"{what} came as {len(came)} values")
            falling = bool((came.diff() < 0).all()) and came.min() >= 0 and came.max() <= 11
            expect(falling, f"{what} are {came.tolist()}; expected to fall strictly within 11..0", FALLING)


@task("timesteps")
def test_all_steps_and_one_step(submission):
    """S = T gives T - 1 .. 0 in every spacing; S = 1 gives 0 for "leading" and T - 1 for the others"""
    for spacing in SPACINGS:
        came = submission.grid.timesteps(7, 7, spacing)
        close(came, integers(6, 5, 4, 3, 2, 1, 0), rtol=0, what=f"all 7 steps, {spacing!r},")
        one = submission.grid.timesteps(1000, 1, spacing)
        hint = "A sampler begins with noise, so its one step must be the noisiest: numpy's linspace gives 0."
        expected = integers(0 if spacing == "leading" else 999)
        close(one, expected, rtol=0, what=f"the only step, {spacing!r},", hint=hint)


@task("timesteps")
def test_timesteps_refuses_what_is_impossible(submission):
    """No steps, more steps than T, and an unknown spacing raise ValueError"""
    for T, S, spacing in ((10, 0, "trailing"), (10, 11, "leading"), (10, 5, "quadratic")):
        with raises(ValueError, hint="steps lie in 1..T; spacings are 'leading', 'trailing' and 'linspace'."):
            submission.grid.timesteps(T, S, spacing)


# -------------------- 1.2 karras_sigmas
EIGHTEEN = exactly(
    80, 57.586, 40.7856, 28.3746, 19.3525, 12.9101, 8.40094, 5.31519, 3.25682,
    1.92334, 1.08817, 0.585348, 0.296442, 0.139516, 0.0599473, 0.0229345, 0.00752802, 0.002, 0,
)  # fmt: skip
GAPS = "n levels have n - 1 gaps; then comes one 0 more, so there are n + 1 values, falling."


@task("karras_sigmas", weight=2)
def test_eighteen_levels(submission):
    """The 18 levels of the paper's defaults run from 80 to 0.002, and then comes 0"""
    came = submission.grid.karras_sigmas(18)
    hint = f"{GAPS} It is sigma^(1/rho) that is even."
    close(came, EIGHTEEN, rtol=1e-5, what="sigma", hint=hint)  # six digits are shown


@task("karras_sigmas")
def test_rho_of_1_is_linear(submission):
    """With rho = 1 five levels from 10 to 2 are 10, 8, 6, 4, 2, and then comes 0"""
    came = submission.grid.karras_sigmas(5, 2.0, 10.0, 1.0)
    near(came, exactly(10, 8, 6, 4, 2, 0), "sigma", GAPS)
    curved = submission.grid.karras_sigmas(3, 1.0, 16.0, 4.0)
    near(
        curved,
        exactly(16, 5.0625, 1, 0),
        "sigma for rho = 4",
        "Half way between 2 and 1 is 1.5 = 5.0625^(1/4).",
    )


@task("karras_sigmas")
def test_geometric_levels(submission):
    """Five geometric levels from 16 to 1 are 16, 8, 4, 2, 1, and then comes 0"""
    came = submission.grid.geometric_sigmas(5, 1.0, 16.0)
    near(came, exactly(16, 8, 4, 2, 1, 0), "sigma", f"Neighbours have the same ratio. {GAPS}")


@task("karras_sigmas")
def test_sigmas_are_float64(submission):
    """Both grids are float64, to all its digits at the ends"""
    for name, came in (
        ("karras_sigmas", submission.grid.karras_sigmas(6)),
        ("geometric_sigmas", submission.grid.geometric_sigmas(6, 0.002, 80.0)),
    ):
        expect_dtype(came, torch.float64, "torch makes float32 unless dtype=torch.float64 is said.")
        near(came[[0, -2]], exactly(80, 0.002), f"the ends of {name}")


@task("karras_sigmas")
def test_one_level_and_none(submission):
    """n = 1 gives sigma_max and 0; n = 0 and sigma_min = 0 raise ValueError"""
    hint = "With one level there is no gap: i / (n - 1) is 0 / 0."
    near(submission.grid.karras_sigmas(1), exactly(80, 0), "sigma for n = 1", hint)
    near(submission.grid.geometric_sigmas(1, 0.5, 3.0), exactly(3, 0), "sigma for n = 1", hint)
    for n, sigma_min in ((0, 0.1), (4, 0.0)):
        with raises(
            ValueError, hint="n is 1 or more and sigma_min positive: no ratio or root is taken of 0."
        ):
            submission.grid.karras_sigmas(n, sigma_min, 10.0)
        with raises(ValueError, hint="geometric_sigmas refuses what karras_sigmas refuses."):
            submission.grid.geometric_sigmas(n, sigma_min, 10.0)


# -------------------- 1.3 sigma_to_t
SIGMAS = exactly(0.5, 1, 2, 4, 16)  # of the steps 0..4; the last gap is twice as wide in ln(sigma)
BETWEEN = "Half way between two steps in ln(sigma) is t + 0.5: interpolate logarithms, linearly."


def signal(sigmas: Tensor) -> Tensor:
    """Return the alpha_bar at which noise over signal is sigma."""
    return 1 / (1 + sigmas.square())


def converted(submission: Any, *sigmas: float) -> Tensor:
    """Return the fractional steps of these sigmas."""
    return submission.grid.sigma_to_t(exactly(*sigmas), signal(SIGMAS))


@task("sigma_to_t", weight=2)
def test_fractions_are_linear_in_the_logarithm(submission):
    """Between sigma = 1 and 2, sqrt(2) is t = 1.5, and 2^0.25 is 1.25; 8 between 4 and 16 is 3.5"""
    came = converted(submission, math.sqrt(2), 2**0.25, 8, 0.75)
    near(came, exactly(1.5, 1.25, 3.5, math.log2(1.5)), "t", BETWEEN, rtol=1e-10)


@task("sigma_to_t")
def test_levels_of_whole_steps_come_back(submission):
    """The sigmas of the steps give 0, 1, 2, 3, 4"""
    came = converted(submission, *SIGMAS.tolist())
    hint = "sigma is noise over signal, sqrt((1 - alpha_bar) / alpha_bar), and rises with t."
    near(came, exactly(0, 1, 2, 3, 4), "t", hint, rtol=1e-10)


@task("sigma_to_t")
def test_beyond_the_ends_the_ends_are_held(submission):
    """Less noise than at step 0 gives 0, sigma = 0 too; more than at step T - 1 gives T - 1, infinity too"""
    came = converted(submission, 0.1, 0, 20, math.inf)
    near(came, exactly(0, 0, 4, 4), "t", "The model knows no step outside 0..T - 1: clamp.", rtol=1e-10)


@task("sigma_to_t")
def test_sigmas_may_come_in_any_order(submission):
    """Unsorted sigmas, two of them equal, keep their places"""
    came = converted(submission, 4, 0.5, 16, 4, 1)
    near(came, exactly(3, 0, 4, 3, 1), "t", "alpha_bar is sorted, sigma need not be.", rtol=1e-10)


@task("sigma_to_t")
def test_steps_are_float64_and_inputs_stay(submission):
    """float32 sigmas give float64 steps with all digits, and no argument is changed"""
    sigma, alpha_bar = torch.tensor([1.25, 3.0]), signal(SIGMAS)
    came = submission.grid.sigma_to_t(sigma, alpha_bar)
    expect_dtype(
        came, torch.float64, "A float32 step of 999 has four digits behind the point: cast sigma first."
    )
    near(came, exactly(1 + math.log2(1.25), 2 + math.log2(1.5)), "t", BETWEEN, rtol=1e-10)
    after = submission.play(plays.after_sigma_to_t, sigma, alpha_bar)
    close(after, [sigma, alpha_bar], rtol=0, what="the arguments", hint=IN_PLACE)


@task("sigma_to_t")
def test_two_steps_are_enough(submission):
    """With T = 2 every sigma lies between 0 and 1"""
    came = submission.grid.sigma_to_t(exactly(1, 2, 3, 4, 5), signal(exactly(1, 4)))
    near(came, exactly(0, 0.5, math.log(3) / math.log(4), 1, 1), "t", BETWEEN, rtol=1e-10)
