"""Hidden checks of DPM-Solver++: fresh levels on any line, whole chains, and the order on exact data."""

import itertools
import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task

from .. import plays
from ..levels import cosine_alpha_bar
from .fresh import EXACT, LONG, between, exactly, expect_alike, fresh_levels


# -------------------- 3.1 dpm_step
@task("dpm_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """x on the next level is made of x and the image, on fresh input"""
    x, x0 = seed.fork("x").normal(2, 16, 16), seed.fork("x0").normal(2, 16, 16)
    came = submission.play(plays.dpm_step, x, x0, (0.5, 0.8), (0.8, 0.5))
    expect_alike(came, *(x + part * x0 for part in (-1.5, -0.8, 0.4, 0.8, 1.5, 3)))


@task("dpm_step", weight=3)
@settings(max_examples=30)
@given(
    dims=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    second=st.booleans(),
    r=st.floats(0.1, 5),
    n=st.integers(0, 10**6),
)
def test_step_between_fresh_levels(submission, dims, second, r, n):
    """Both orders are right between any two levels, in any shape, with any ratio of steps

    lambda is log(alpha / sigma), r the ratio of the step before to this one; try steps of unequal h: 1 / (2
    r) of the difference.
    """
    seed = Seed(n)
    (a, b), (s, u) = fresh_levels(seed, 2)
    x, x0, before = (seed.fork(name).normal(*dims) for name in ("x", "x0", "before"))
    came = submission.play(plays.dpm_step, x, x0, (a, s), (b, u), *((before, r) if second else ()))
    image = x0 * (1 + 0.5 / r) - before * (0.5 / r) if second else x0
    expected = u / s * (x - a * image) + b * image  # DDIM, the noise kept
    close(came, expected, rtol=LONG, atol=LONG, what="x")


@task("dpm_step")
def test_steps_that_end_and_steps_that_cannot_begin(submission, seed):
    """sigma = 0 is reached by first order; nothing begins there; from alpha = 0 the step is DDIM's

    At sigma = 0 h is infinite: the image itself, by first order. At alpha = 0 lambda is minus infinity.
    """
    x, x0, before = (seed.fork(name).normal(3) for name in ("x", "x0", "before"))
    alpha = between(seed.fork("alpha"), 0.5, 2)
    came = submission.play(plays.dpm_step, x, x0, (0.3, 0.9), (alpha, 0.0), before, 0.7)
    close(came, alpha * x0, rtol=EXACT, what="x at sigma = 0")
    came = submission.play(plays.dpm_step, x, x0, (0.0, 2.0), (0.5, 0.7))
    close(came, 0.35 * x + 0.5 * x0, rtol=LONG, what="x from alpha = 0")
    for to in ((1.0, 0.5), (1.0, 0.0)):
        with raises(ValueError):
            submission.play(plays.dpm_step, x, x0, (1.0, 0.0), to)


@task("dpm_step")
def test_small_steps_keep_their_digits(submission):
    """A step of h = 1e-9 changes x by 1e-9 of the image: 1 - e^-h loses no digits

    Try h = 1e-9: 1 - exp(-h) loses its digits, expm1 does not.
    """
    h = 1e-9
    came = submission.play(plays.dpm_step, exactly(0, 0), exactly(1, -3), (1.0, 1.0), (1.0, math.exp(-h)))
    close(came, h * exactly(1, -3), rtol=1e-6, what="x from 0")  # exp(-h) itself is rounded at 1e-16


@task("dpm_step")
def test_step_leaves_its_input_alone(submission, seed):
    """float32 stays float32, and no argument is changed

    float32 stays float32, and no argument is changed: coefficients in float64, nothing in place.
    """
    x, x0, before = (seed.fork(name).normal(2, 1, 3, 2).float() for name in ("x", "x0", "before"))
    came = submission.play(plays.dpm_step, x, x0, (0.6, 0.8), (0.8, 0.6), before, 0.5)
    expect(came.dtype == torch.float32, f"float32 images came back as {came.dtype}")
    close(submission.play(plays.after_dpm_step, x, x0, before), [x, x0, before], rtol=0, what="the arguments")


# -------------------- 3.2 dpm_sample
def chained(x: Tensor, slope: Tensor, shift: Tensor, alphas, sigmas, order: int) -> Tensor:
    """Return x on the last level: in x / alpha each step is a walk along sigma / alpha."""
    y = x / alphas[0] if alphas[0] else x
    ratio = [sigma / alpha for alpha, sigma in zip(alphas, sigmas, strict=True)]
    last = None
    for i, (here, there) in enumerate(itertools.pairwise(ratio)):
        image = slope[i] * alphas[i] * y + shift[i]
        used = image
        if order == 2 and last is not None and there > 0:
            longer = math.log(here / there) / math.log(ratio[i - 1] / here)
            used = image + 0.5 * longer * (image - last)
        y, last = used + there / here * (y - used), image
    return alphas[-1] * y


@task("dpm_sample", gate=True)
def test_chain_is_an_answer_at_all(submission, seed):
    """The result goes with x where the images are black, and with the images where sigma ends at 0"""
    x = seed.fork("x").normal(20, 5)
    zero = torch.zeros(3).double()
    came = submission.play(plays.dpm_sample, zero, zero, x, [1.0] * 4, [4.0, 2.0, 1.0, 0.5])["result"]
    expect_alike(came, x)
    expect(came.std() < 0.7 * x.std(), "x came back as it was")


@task("dpm_sample", weight=3)
@settings(max_examples=20)
@given(levels=st.integers(2, 9), order=st.sampled_from([1, 2]), clean=st.booleans(), n=st.integers(0, 10**6))
def test_chains_on_fresh_levels(submission, levels, order, clean, n):
    """Fresh affine denoisers on fresh levels make the chain of either order, to a clean level or not

    The image of the step before is kept for the next step; the first step, and a last one to sigma = 0, are
    of first order.
    """
    seed = Seed(n)
    alphas, sigmas = fresh_levels(seed, levels)
    if clean:
        alphas, sigmas = [*alphas, 1.0], [*sigmas, 0.0]
    steps = len(alphas) - 1
    slope, shift = 0.5 * seed.fork("slope").normal(steps), seed.fork("shift").normal(steps)
    x = seed.fork("x").normal(2, 3)
    came = submission.play(plays.dpm_sample, slope, shift, x, alphas, sigmas, order)
    expected = chained(x, slope, shift, alphas, sigmas, order)
    close(came["result"], expected, rtol=1e-7, atol=1e-7, what=f"x of order {order} on {levels} levels")
    told = [call["i"] for call in came["asked"]]
    expect(told == list(range(steps)), f"the denoiser was told {told}; expected 0 to {steps - 1}")


@task("dpm_sample", weight=2)
def test_known_end_of_ten_steps(submission):
    """Ten trailing cosine steps on N(0.3, 0.25^2) end at deviation 0.204351, of first order at 0.188603

    Sample an exact Gaussian in ten steps by both orders: does the second order begin with the second step?
    """
    a = [*cosine_alpha_bar(1000)[torch.arange(999, -1, -100)].tolist(), 1.0]
    gain = exactly(*(math.sqrt(v) * 0.0625 / (v * 0.0625 + 1 - v) for v in a[:-1]))
    shift = 0.3 * (1 - exactly(*(math.sqrt(v) for v in a[:-1])) * gain)
    levels = ([math.sqrt(v) for v in a], [math.sqrt(1 - v) for v in a])
    for order, known in ((2, 0.204351), (1, 0.188603)):
        came = submission.play(plays.dpm_sample, gain, shift, exactly(0, 1), *levels, order)["result"]
        close(came[1] - came[0], exactly(known)[0], rtol=1e-5, what=f"the deviation of order {order}")


@task("dpm_sample")
def test_error_falls_with_the_square_of_steps(submission):
    """Down to sigma = 0.002 on N(0, 0.5^2) doubling the steps divides the error by four, from 64 to 256

    Double the steps: an error of second order falls to a quarter. If it halves, the correction has the wrong
    size or sign.
    """
    errors = []
    for N in (64, 128, 256):
        ramp = [(80 ** (1 / 7) + i / (N - 1) * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7 for i in range(N)]
        gain = exactly(*(0.25 / (0.25 + s**2) for s in ramp[:-1]))
        came = submission.play(plays.dpm_sample, gain, 0 * gain, exactly(80), [1.0] * N, ramp)["result"]
        errors.append(abs(came.item() - 80 * math.sqrt((0.25 + 4e-6) / (0.25 + 6400))))
    ratios = [coarse / fine for coarse, fine in itertools.pairwise(errors)]
    expect(all(3.6 < ratio < 4.8 for ratio in ratios), f"the errors fall by {ratios}; expected about 4")


@task("dpm_sample")
def test_chain_and_its_surroundings(submission, seed):
    """Nothing is recorded or changed, float32 stays; levels that do not rise, or too few, raise ValueError

    Nothing is recorded or changed, float32 stays; levels that do not rise, or too few of them, raise
    ValueError.
    """
    alphas, sigmas = fresh_levels(seed, 5)
    x, tables = seed.fork("x").normal(2, 1, 3).float(), (0.3 * torch.ones(4), torch.ones(4))
    came = submission.play(plays.dpm_sample, *tables, x, alphas, sigmas)
    expect(not came["tracked"], "gradients were recorded on the way")
    expect(came["result"].dtype == torch.float32, f"float32 images came back as {came['result'].dtype}")
    close(came["arguments"], [x], rtol=0, what="x afterwards")
    for chosen in ([0], [], [0, 2, 1], [3, 1], [2, 2]):
        with raises(ValueError):
            wrong = ([alphas[i] for i in chosen], [sigmas[i] for i in chosen])
            submission.play(plays.dpm_sample, *tables, x, *wrong)
    for order in (0, 3):
        with raises(ValueError):
            submission.play(plays.dpm_sample, *tables, x, alphas, sigmas, order)
    levels = ([0.0, 0.5, 0.9, 1.0], [1.0, 0.8, 0.4, 0.0])
    down = submission.play(plays.dpm_sample, *tables, x, *levels)["result"]
    expect(down.isfinite().all(), "from alpha = 0 the images are not finite")
    sure = submission.play(plays.dpm_sample, torch.zeros(4), 0.7 * tables[1], x, *levels)["result"]
    close(sure, torch.full_like(x, 0.7), rtol=1e-5, what="the images of a denoiser that always says 0.7")
