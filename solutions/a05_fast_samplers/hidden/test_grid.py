"""Hidden checks of the levels that a sampler visits: every number of steps, fresh ends, and numpy."""

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks import Seed, close, expect, raises, task

from .fresh import EXACT, between, exactly, fresh_alpha_bar


# -------------------- 1.1 timesteps
@task("timesteps", gate=True)
def test_steps_are_an_answer_at_all(submission, seed):
    """The steps of fresh numbers span a good part of the schedule, evenly or nearly"""
    T, S = seed.fork("T").integer(300, 900), seed.fork("S").integer(12, 25)
    for spacing in ("trailing", "leading"):
        came = submission.grid.timesteps(T, S, spacing).double()
        expect(abs(len(came) - S) <= 1, f"{S} steps were asked for, and {len(came)} came")
        gaps = came.diff().abs()
        expect(gaps.min() > 0, "some steps are the same")
        expect(0.5 * T < came.max() - came.min() <= 1.2 * T, "the steps span another range altogether")


@task("timesteps")
@settings(max_examples=40)
@given(T=st.integers(1, 400), share=st.floats(0, 1))
def test_trailing_in_whole_numbers(submission, T, share):
    """Trailing steps are ceil(T (S - i) / S) - 1 for any T and S

    Trailing steps in whole numbers: ceil(T (S - i) / S) - 1. Floats round the other way for some T and S.
    """
    S = max(1, math.ceil(share * T))
    expected = torch.tensor([-(-T * (S - i) // S) - 1 for i in range(S)])
    close(submission.grid.timesteps(T, S, "trailing"), expected, rtol=0, what=f"{S} of {T} steps")


@task("timesteps")
@settings(max_examples=40)
@given(T=st.integers(1, 400), share=st.floats(0, 1))
def test_leading_in_whole_numbers(submission, T, share):
    """Leading steps are multiples of T // S from 0 on, for any T and S

    Leading steps are multiples of T // S from 0 on, from the largest down. Try an S that does not divide T.
    """
    S = max(1, math.ceil(share * T))
    expected = torch.tensor(list(range(0, S * (T // S), T // S))[::-1])
    close(submission.grid.timesteps(T, S, "leading"), expected, rtol=0, what=f"{S} of {T} steps")


@task("timesteps")
@settings(max_examples=40)
@given(T=st.integers(2, 400), share=st.floats(0, 1))
def test_linspace_is_the_nearest(submission, T, share):
    """Each linspace step is within 1/2 of the even grid from T - 1 to 0, both ends exact

    Round to the nearest step; both ends are exact.
    """
    S = max(2, math.ceil(share * T))
    came = submission.grid.timesteps(T, S, "linspace")
    even = torch.from_numpy(np.linspace(T - 1, 0, S))
    expect(len(came) == S, f"{S} of {T} steps came as {len(came)} values")
    close(came.double(), even, rtol=0, atol=0.5 + 1e-9, what=f"{S} of {T} steps")
    close(came[[0, -1]], torch.tensor([T - 1, 0]), rtol=0, what="the ends")


@task("timesteps")
def test_steps_as_the_page_says(submission, seed):
    """The default is "trailing"; lists are int64; S outside 1..T and other spacings raise ValueError

    "trailing" is the default, int64 the dtype; S outside 1..T and unknown spacings raise ValueError.
    """
    T, S = seed.fork("T").integer(20, 90), seed.fork("S").integer(3, 19)
    default, chosen = submission.grid.timesteps(T, S), submission.grid.timesteps(T, S, "trailing")
    close(default, chosen, rtol=0, what="the steps by default")
    for spacing in ("leading", "trailing", "linspace"):
        came = submission.grid.timesteps(T, S, spacing)
        expect(came.dtype == torch.int64, f"the steps are {came.dtype}; expected torch.int64")
        for wrong in (0, -1, T + 1):
            with raises(ValueError):
                submission.grid.timesteps(T, wrong, spacing)
    with raises(ValueError):
        submission.grid.timesteps(T, S, "Trailing")


# -------------------- 1.2 karras_sigmas
@task("karras_sigmas", gate=True)
def test_sigmas_are_an_answer_at_all(submission, seed):
    """One of the two grids has about n levels over the range that was asked for"""
    n, low, high = seed.fork("n").integer(25, 40), between(seed.fork("low"), 0.1, 0.5), 60.0
    for came in (submission.grid.karras_sigmas(n, low, high), submission.grid.geometric_sigmas(n, low, high)):
        positive = came[came > 0]
        fits = abs(len(came) - n) <= 1 and len(positive) >= n - 2
        if fits and positive.diff().abs().min() > 0 and positive.max() > 10 * positive.min():
            return
    expect(False, "neither grid has the levels that were asked for")


@task("karras_sigmas", weight=2)
def test_karras_levels_of_fresh_ranges(submission, seed):
    """sigma^(1/rho) is even between the ends, for fresh n, ends and rho; then comes 0

    sigma^(1 / rho) is even from the largest to the smallest, then comes 0: n levels and one more. Try n = 1.
    """
    for name in ("a", "b", "c"):
        one = seed.fork(name)
        n, rho = one.fork("n").integer(2, 60), between(one.fork("rho"), 1, 9)
        low, high = between(one.fork("low"), 0.001, 0.5), between(one.fork("high"), 1, 200)
        came = submission.grid.karras_sigmas(n, low, high, rho)
        even = np.linspace(high ** (1 / rho), low ** (1 / rho), n)
        close(came[:-1], torch.from_numpy(even**rho), rtol=1e-10, what=f"sigma for rho = {rho:g}")
        close(came[-1], exactly(0)[0], rtol=0, what="the last level")


@task("karras_sigmas")
def test_geometric_levels_of_fresh_ranges(submission, seed):
    """Neighbours have the same ratio, and the ends are those asked for; then comes 0

    Neighbours have one ratio, both ends are exact, and 0 comes last.
    """
    n, low, high = seed.fork("n").integer(2, 60), between(seed.fork("low"), 0.001, 0.5), 77.0
    came = submission.grid.geometric_sigmas(n, low, high)
    close(came, torch.from_numpy(np.append(np.geomspace(high, low, n), 0)), rtol=1e-10, what="sigma")
    expect(came.dtype == torch.float64, f"the levels are {came.dtype}; expected torch.float64")


@task("karras_sigmas")
def test_large_rho_is_geometric(submission):
    """As rho grows the grid of Karras et al. becomes geometric: at 1e7 they agree to 1e-5

    Try a rho of a million: powers of 1 / rho lie next to 1, so work in float64.
    """
    karras = submission.grid.karras_sigmas(9, 0.002, 80.0, 1e7)
    geometric = torch.from_numpy(np.append(np.geomspace(80, 0.002, 9), 0))
    close(karras, geometric, rtol=1e-5, what="sigma")


@task("karras_sigmas")
def test_sigmas_refuse_what_is_impossible(submission, seed):
    """The defaults are 0.002, 80 and 7; n below 1 and sigma_min not above 0 raise ValueError

    The defaults are 0.002, 80 and 7; n below 1 and sigma_min not above 0 raise ValueError.
    """
    n = seed.integer(3, 30)
    chosen = submission.grid.karras_sigmas(n, 0.002, 80.0, 7.0)
    close(submission.grid.karras_sigmas(n), chosen, rtol=EXACT, what="the levels by default")
    for wrong in ((0, 0.1, 3.0), (-2, 0.1, 3.0), (5, 0.0, 3.0), (5, -0.5, 3.0)):
        for function in (submission.grid.karras_sigmas, submission.grid.geometric_sigmas):
            with raises(ValueError):
                function(*wrong)


# -------------------- 1.3 sigma_to_t
@task("sigma_to_t", gate=True)
def test_t_is_an_answer_at_all(submission, seed):
    """The steps of fresh levels rise with sigma"""
    alpha_bar = fresh_alpha_bar(seed, 60, 0.1)
    sigma = exactly(*(0.2 * 1.13**i for i in range(24)))
    came = submission.grid.sigma_to_t(sigma, alpha_bar)
    rise = (came.double().diff() > 0).double().mean() if came.shape == sigma.shape else 0
    fall = (came.double().diff() < 0).double().mean() if came.shape == sigma.shape else 0
    expect(max(rise, fall) > 0.5, "the steps do not go with sigma")
    expect((came - sigma).abs().max() > 0.1, "the sigmas came back as they were")


@task("sigma_to_t", weight=2)
@settings(max_examples=20)
@given(T=st.integers(2, 300), n=st.integers(0, 10**6))
def test_steps_are_numpy_s_interpolation(submission, T, n):
    """t is numpy's interpolation of the steps over ln(sigma), beyond both ends too

    Compare with np.interp of the steps over ln sigma, beyond both ends too: indices below 0 must not wrap
    round.
    """
    seed = Seed(n)
    alpha_bar = fresh_alpha_bar(seed.fork("alpha_bar"), T, 0.1)
    sigma = (3 * seed.fork("sigma").normal(17)).exp()
    table = 0.5 * np.log((1 - alpha_bar.numpy()) / alpha_bar.numpy())
    expected = torch.from_numpy(np.interp(np.log(sigma.numpy()), table, np.arange(T)))
    close(submission.grid.sigma_to_t(sigma, alpha_bar), expected, rtol=1e-8, atol=1e-8, what="t")


@task("sigma_to_t")
def test_steps_of_known_schedules(submission):
    """sigma = 1 is t = 258.093020 on linear betas, and 353.890411 on those of Stable Diffusion

    sigma is sqrt((1 - alpha_bar) / alpha_bar), and the interpolation is linear in its logarithm.
    """
    linear = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    stable = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    for betas, at_1, at_80 in ((linear, 258.093020, 929.618058), (stable, 353.890411, 999.0)):
        came = submission.grid.sigma_to_t(exactly(1, 80, 0.002), torch.cumprod(1 - betas, 0))
        close(came, exactly(at_1, at_80, 0), rtol=1e-8, what="t of sigma = 1, 80, 0.002")


@task("sigma_to_t")
def test_fractions_survive_the_round_trip(submission, seed):
    """From fresh fractional steps to sigma and back, to 1e-9

    From a fractional step to sigma and back: both ways interpolate the same logarithms, in float64.
    """
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
    t = 999 * seed.uniform(200)
    table = torch.logit(1 - alpha_bar) / 2
    below = t.long().clamp(max=998)
    sigma = (table[below] + (t - below) * (table[below + 1] - table[below])).exp()
    close(submission.grid.sigma_to_t(sigma, alpha_bar), t, rtol=1e-9, atol=1e-9, what="t")


@task("sigma_to_t")
def test_steps_at_the_extremes(submission, seed):
    """0 and infinity give the ends; float32 sigmas give float64 steps; one sigma is enough

    Try 0, infinity, very small and very large sigmas: the steps end at 0 and T - 1. A float32 sigma gives
    float64 steps.
    """
    T = seed.integer(5, 40)
    alpha_bar = fresh_alpha_bar(seed.fork("alpha_bar"), T)
    came = submission.grid.sigma_to_t(torch.tensor([0.0, math.inf, 1e-20, 1e20]), alpha_bar)
    expect(came.dtype == torch.float64, f"the steps are {came.dtype}; expected torch.float64")
    close(came, exactly(0, T - 1, 0, T - 1), rtol=0, atol=1e-9, what="t of 0, infinity, 1e-20 and 1e20")
    one = submission.grid.sigma_to_t(((1 - alpha_bar[2:3]) / alpha_bar[2:3]).sqrt(), alpha_bar)
    close(one, exactly(2), rtol=1e-9, what="t of the level of step 2")
