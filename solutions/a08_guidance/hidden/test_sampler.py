"""Hidden checks of sampling with guidance: fresh chains, their exact affine law, and the law of the ODE."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task

from .. import plays
from ..plays import Chain
from ..tests.images import CAST
from ..tests.near import LONG, near
from . import plays as hidden
from .fresh import affine_chain, between, ddim_tables, expect_alike, gaussian_eps, linear_alpha_bar, sampled

LABELS = 4  # of a fresh model


def a_chain(seed: Seed, T: int) -> Chain:
    """Return fresh tables of a model of four labels and of its steps."""
    slope, shift = (seed.fork(name).normal(LABELS, T) for name in ("slope", "shift"))
    keep, move = between(seed.fork("keep"), 0.9, 1.1, T), between(seed.fork("move"), -0.5, 0.5, T)
    return Chain(slope, shift, keep, move)


def some_labels(seed: Seed, b: int) -> Tensor:
    """Return fresh labels."""
    return (seed.uniform(b) * LABELS).long()


# -------------------- 4.1 guided_step
@task("guided_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """x_{t-1} goes with x_t, by a factor that the contexts make"""
    x_t = seed.fork("x_t").normal(1, 1, 16, 16)
    context, negative = 4 + seed.fork("context").uniform(1, 2, 3), 1 - seed.fork("negative").uniform(1, 2, 3)
    keep, move = exactly(0, 0), exactly(1, 1)
    came = submission.play(plays.guided_step_with_tokens, keep, move, x_t, 1, context, negative, 2.0)
    moved = came["result"]
    expect_alike(moved, x_t)
    factor = (moved.std() / x_t.std()).item()
    expect(factor > 1.5, "x_t came back unchanged, or nearly")  # 4.5 is the least conditional factor


@task("guided_step", weight=2)
@settings(max_examples=8)
@given(
    b=st.integers(1, 5),
    dims=st.lists(st.integers(1, 4), max_size=3),
    w=st.floats(-2, 12),
    n=st.integers(0, 10**6),
)
def test_step_is_exact_for_any_shape(submission, b, dims, w, n):
    """x_{t-1} is exact for fresh labels, images of any shape, any weight, and steps that clip

    One call on the doubled batch: the halves come back in the order in which they went in, and each image has
    its label. Try images of any shape, and a step that clips.
    """
    seed = Seed(n)
    chain, x_t = a_chain(seed, 5), seed.fork("x_t").normal(b, *dims)
    slope, shift, keep, move = chain
    t = seed.fork("t").integer(0, 4)
    context, negative = some_labels(seed.fork("context"), b), some_labels(seed.fork("negative"), b)
    for limit in (math.inf, 0.5):
        came = submission.play(plays.guided_step, chain, x_t, t, context, negative, w, limit)
        for i in range(b):
            c, u = context[i], negative[i]
            cond, uncond = slope[c, t] * x_t[i] + shift[c, t], slope[u, t] * x_t[i] + shift[u, t]
            expected = keep[t] * x_t[i] + move[t] * (w * cond + (1 - w) * uncond)
            near(came["result"][i], expected.clamp(-limit, limit), f"x of image {i}", within=LONG)
        expect(len(came["asked"]) == 1, f"the model was called {len(came['asked'])} times; expected once")


@task("guided_step", weight=2)
def test_step_asks_for_both_halves_unless_w_is_1(submission, seed):
    """The batch is doubled for every weight but 1: for 0, for 0.5 and for 1.0001 too

    Only w = 1 needs no second half: w = 0 does, and so does 1.0001.
    """
    chain, x_t = a_chain(seed, 3), seed.fork("x_t").normal(4, 2)
    context, negative = torch.tensor([0, 1, 2, 3]), torch.tensor([3, 3, 0, 0])
    for w, images in ((0.0, 8), (0.5, 8), (1.0, 4), (1.0001, 8), (-1.0, 8)):
        came = submission.play(plays.guided_step, chain, x_t, 1, context, negative, w)
        asked = [len(call["x"]) for call in came["asked"]]
        expect(asked == [images], f"at w = {w:g} the batches had {asked} images; expected [{images}]")
        steps = came["asked"][0]["t"]
        close(steps, torch.ones(images), what="t of the images")


@task("guided_step")
def test_step_keeps_the_dtype(submission, seed):
    """Images in float32 stay float32

    float32 images stay float32: coefficients in float64, the result in the images' dtype.
    """
    chain, x_t = a_chain(seed, 2), seed.fork("x_t").normal(2, 3).float()
    labels = torch.tensor([1, 2])
    came = submission.play(plays.guided_step, chain, x_t, 0, labels, 3 - labels, 2.0)
    expect_dtype(came["result"], torch.float32, CAST)


# -------------------- 4.2 weight_schedules
@task("weight_schedules", gate=True)
def test_weights_are_an_answer_at_all(submission, seed):
    """The weights of a fresh interval differ inside and outside, and those of a line rise or fall"""
    T, w = seed.fork("T").integer(30, 60), 3 + 4 * seed.fork("w").uniform(1).item()
    sigma = torch.linspace(0.1, 5, T, dtype=torch.float64)
    weights = submission.sampler.interval_weights(1 / (1 + sigma**2), w, 0.5, 4.0)
    roots = [sigma, sigma**2, sigma / (1 + sigma**2).sqrt()]
    ways = [((s > 0.5) & (s <= 4)).double() for s in roots]
    expect_alike(weights, *ways)
    expect(weights.max() > 2, "no step is guided")


@task("weight_schedules", weight=2)
@settings(max_examples=8)
@given(
    low=st.floats(0, 3),
    width=st.floats(0, 5),
    w=st.floats(-1, 15),
    T=st.integers(1, 60),
    n=st.integers(0, 99),
)
def test_interval_follows_its_definition(submission, low, width, w, T, n):
    """Each weight is w where sigma_low < sigma <= sigma_high and 1 elsewhere, in float64

    Guidance where sigma_low < sigma <= sigma_high, with weight 1, not 0, elsewhere: which bound counts?
    """
    alpha_bar = Seed(n).uniform(T).sort(descending=True).values.clamp(1e-6, 1)
    weights = submission.sampler.interval_weights(alpha_bar, w, low, low + width)
    sigma = [math.sqrt((1 - a) / a) for a in alpha_bar.tolist()]
    expected = exactly(*(w if low < s <= low + width else 1 for s in sigma))
    expect_dtype(weights, torch.float64)
    near(weights, expected, "the weights")


@task("weight_schedules")
def test_interval_of_the_linear_schedule(submission):
    """Of 1000 linear steps the interval (0.19, 1.61] holds 298, and pure noise is in no finite one

    sigma = sqrt((1 - alpha_bar) / alpha_bar) is infinite where no signal is left, and in no finite interval.
    """
    alpha_bar = linear_alpha_bar(1000)
    weights = submission.sampler.interval_weights(alpha_bar, 5.0, 0.19, 1.61)
    sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
    expected = 1 + 4 * ((sigma > 0.19) & (sigma <= 1.61)).double()
    near(weights, expected, "the weights")
    noise = submission.sampler.interval_weights(exactly(0.5, 0), 5.0, 0.0, 1e9)
    near(noise, exactly(5, 1), "the weights at sigma = 1 and infinity")


@task("weight_schedules", weight=2)
def test_line_of_fresh_weights(submission, seed):
    """Neighbours differ by the same amount, the mean is w, and the last weight is 1

    The mean is w and the last weight 1: that fixes the first. Which end of the list is step 0?
    """
    T, w = seed.fork("T").integer(2, 80), 0.5 + 9 * seed.fork("w").uniform(1).item()
    weights = submission.sampler.linear_weights(T, w)
    expected = exactly(*(1 + 2 * (w - 1) * (T - 1 - t) / (T - 1) for t in range(T)))
    expect_dtype(weights, torch.float64)
    near(weights, expected, "the weights")


@task("weight_schedules")
def test_line_refuses_too_few_steps(submission):
    """T = 1 and T = 0 raise ValueError, T = 3 does not

    A line through a mean and an end needs at least two points.
    """
    near(submission.sampler.linear_weights(3, 2.5), exactly(4, 2.5, 1), "the weights")
    for T in (1, 0):
        with raises(ValueError):
            submission.sampler.linear_weights(T, 2.0)


# -------------------- 4.3 guided_sample
@task("guided_sample", gate=True)
def test_sample_is_an_answer_at_all(submission, seed):
    """The images go with the noise, and each label has its own"""
    T = seed.fork("T").integer(8, 12)
    x_T, one = seed.fork("x_T").normal(40, 3), torch.ones(T, dtype=torch.float64)
    labels = some_labels(seed.fork("context"), 40)
    shift = torch.outer(torch.arange(LABELS, dtype=torch.float64), one)
    weights = torch.full((T,), 2.0, dtype=torch.float64)
    chain = Chain(slope=0 * shift, shift=shift, keep=one, move=one / T)
    came = submission.play(plays.guided_sample, chain, x_T, labels, 0 * labels, weights)
    result, of_label = came["result"], labels.double()[:, None]
    expect_alike(result, *(x_T + k * of_label for k in (2, 3, -1, 1, 2 / T)))
    expect((result - x_T).abs().max() > 0.1, "the noise came back unchanged")


@task("guided_sample", weight=2)
def test_sample_is_its_affine_chain(submission, seed):
    """Exact Gaussian models give the affine map that the steps make, with fresh weights

    weights[t] is that of step t, so the last entry is used first: follow slope and offset of exact Gaussian
    models step by step.
    """
    T = seed.fork("T").integer(20, 60)
    alpha_bar = (1 - between(seed.fork("betas"), 0.01, 0.2, T)).log().cumsum(0).exp()
    mean, variance = seed.fork("mean").normal(2), between(seed.fork("variance"), 0.2, 2, 2)
    chain = Chain(*gaussian_eps(mean, variance, alpha_bar), *ddim_tables(alpha_bar))
    weights, x_T = between(seed.fork("weights"), 0, 4, T), seed.fork("x_T").normal(3, 2)
    slope, intercept = affine_chain(chain, weights)
    came = sampled(submission, chain, x_T, weights)
    near(came["result"], slope * x_T + intercept, "the images", within=LONG)


@task("guided_sample", weight=2)
def test_sample_of_1000_steps_against_the_ode(submission):
    """For N(0, 0.25) against N(0, 1) at w = 3, 1000 linear steps end at variance 0.0154; the ODE at 0.0156

    Many small steps approach the guided ODE: are all steps made, down to the clean image?
    """
    alpha_bar, weights = linear_alpha_bar(1000), torch.full((1000,), 3.0, dtype=torch.float64)
    chain = Chain(*gaussian_eps(exactly(0, 0), exactly(0.25, 1), alpha_bar), *ddim_tables(alpha_bar))
    at_zero, at_one = submission.play(hidden.long_chain, chain, exactly(0, 1), weights).tolist()
    slope, intercept = affine_chain(chain, weights)
    near(at_one - at_zero, slope, "the deviation", within=LONG)
    near(at_zero, intercept, "the mean", within=LONG)
    close(slope**2, 0.01535893, rtol=1e-6, what="the variance of the chain")
    close((at_one - at_zero) ** 2, 0.25**3, rtol=0.018, what="the variance, next to that of the ODE")


@task("guided_sample")
def test_sample_from_zero_terminal_snr(submission, seed):
    """A model of v is guided from the first step on, where no signal is left: the mean differs at once

    Start with v where no signal is left: x_0 is found without a division, and guidance counts in the first
    step.
    """
    T = 100
    angle = torch.arange(1, T + 1, dtype=torch.float64) * (math.pi / (2 * T))
    mean, variance = exactly(1, 0)[:, None], exactly(0.25, 1)[:, None]
    spread = variance * angle.cos() ** 2 + angle.sin() ** 2
    slope = angle.sin() * angle.cos() * (1 - variance) / spread
    shift = -mean * (angle.sin() + slope * angle.cos())
    turn = torch.full((T,), math.pi / (2 * T), dtype=torch.float64)
    chain, weights = Chain(slope, shift, turn.cos(), -turn.sin()), torch.full((T,), 3.0, dtype=torch.float64)
    came = sampled(submission, chain, exactly(0, 1), weights)
    second = came["asked"][1]["x"][:1]  # after one step from x = 0: sin(turn) times the guided mean
    near(second, 3 * turn.sin()[:1], "x after the first step")
    a, b = affine_chain(chain, weights)
    near(came["result"], exactly(b, a + b), "the images", within=LONG)
    close(b, 1.49637486, rtol=1e-7, what="the mean of the chain")  # that of the ODE is 1.5


@task("guided_sample", weight=2)
def test_sample_in_an_interval(submission, seed):
    """With guidance in an interval alone, only its steps ask for both halves, and nothing is recorded

    Outside of the interval the weight is 1, and the model is asked for one half only. Nothing is recorded.
    """
    T = 12
    weights = torch.ones(T, dtype=torch.float64)
    weights[4:9] = 2.5
    x_T, labels = seed.fork("x_T").normal(3, 2), torch.tensor([0, 2, 3])
    negative = torch.ones_like(labels)
    came = submission.play(plays.guided_sample, a_chain(seed, T), x_T, labels, negative, weights)
    sizes = [len(call["x"]) for call in came["asked"]]
    expected = [6 if 4 <= t < 9 else 3 for t in reversed(range(T))]
    expect(sizes == expected, f"the batches had {sizes} images; expected {expected}")
    steps = [call["t"].tolist() for call in came["asked"]]
    expect(steps == [[t] * n for t, n in zip(reversed(range(T)), expected, strict=True)], f"t was {steps}")
    recorded = came["tracked"] or any(call["tracked"] for call in came["asked"])
    expect(not recorded, "gradients were recorded on the way")


@task("guided_sample")
def test_sample_of_images(submission, seed):
    """Images of shape (2, 1, 3, 3) in float32 come back as such, and the noise stays what it was

    float32 images of any shape come back as float32, and the noise that came in is unchanged.
    """
    chain, x_T = a_chain(seed, 3), seed.fork("x_T").normal(2, 1, 3, 3).float()
    labels, weights = torch.tensor([1, 2]), exactly(2, 3, 4)
    came = submission.play(plays.guided_sample, chain, x_T, labels, 3 - labels, weights)
    result = came["result"]
    expect_dtype(result, torch.float32, CAST)
    expect(result.shape == x_T.shape, f"the shape is {tuple(result.shape)}; expected {tuple(x_T.shape)}")
    close(came["arguments"][0], x_T, rtol=0, what="the noise afterwards")
