"""Public checks of sampling with guidance: what the model is asked, when it is guided, and where it ends."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task

from .. import plays
from ..plays import Chain
from .asked import expect_asked, expect_calls, expect_held
from .images import IN_PLACE, by_image
from .near import near

T = 4  # steps of the short chains
NULL = 2  # the null label behind the classes 0 and 1
CONTEXT = torch.tensor([0, 1, 0])  # of three images
NEGATIVE = torch.tensor([NULL, NULL, 1])


def a_chain(seed: Seed) -> Chain:
    """Return fresh tables of a model and of its steps."""
    slope, shift = (seed.fork(name).normal(NULL + 1, T) for name in ("slope", "shift"))
    return Chain(slope, shift, 1 + 0.1 * seed.fork("keep").normal(T), 0.5 * seed.fork("move").normal(T))


def stepped(
    submission: Any, chain: Chain, x_t: Tensor, t: int, w: float, negative: Tensor = NEGATIVE
) -> dict[str, Any]:
    """Return what guided_step answers, and what it asked."""
    return submission.play(plays.guided_step, chain, x_t, t, CONTEXT, negative, w)


def moved(chain: Chain, x_t: Tensor, t: int, w: float, negative: Tensor = NEGATIVE) -> Tensor:
    """Return x_{t-1} by the definition, image by image."""
    cond, uncond = (
        by_image(chain.slope[label, t], x_t) + chain.shift[label, t].reshape(-1, *[1] * (x_t.ndim - 1))
        for label in (CONTEXT, negative)
    )
    return chain.keep[t] * x_t + chain.move[t] * (w * cond + (1 - w) * uncond)


# -------------------- 4.1 guided_step
@task("guided_step", weight=2)
def test_step_moves_by_the_guided_prediction(submission, seed):
    """x_{t-1} is what `step` makes of x_t and the guided prediction, at w = 0, 0.5 and 3"""
    chain, x_t = a_chain(seed), seed.fork("x_t").normal(3, 1, 2, 2)
    hint = "Which half of the batch had `context`? chunk(2) gives the halves back in the order of torch.cat."
    for w in (0.0, 0.5, 3.0):
        came = stepped(submission, chain, x_t, 2, w)
        near(came["result"], moved(chain, x_t, 2, w), f"x at w = {w:g}", hint)
    alone = submission.play(plays.guided_step, chain, x_t[:1], 2, CONTEXT[:1], NEGATIVE[:1], 3.0)
    near(alone["result"], moved(chain, x_t, 2, 3.0)[:1], "x of one image alone", hint)


@task("guided_step")
def test_step_that_clips(submission, seed):
    """A step that clips x_{t-1} to [-0.5, 0.5] gets the guided prediction, and what it makes is x_{t-1}"""
    chain, x_t = a_chain(seed), seed.fork("x_t").normal(3, 1, 2, 2)
    came = submission.play(plays.guided_step, chain, x_t, 2, CONTEXT, NEGATIVE, 3.0, 0.5)
    hint = "Combine the two predictions, then make one step of the result: a step need not be affine."
    near(came["result"], moved(chain, x_t, 2, 3.0).clamp(-0.5, 0.5), "x", hint)


@task("guided_step", weight=2)
def test_step_calls_the_model_once(submission, seed):
    """The model is called once, on each image with `context` and with `negative`"""
    chain, x_t = a_chain(seed), seed.fork("x_t").normal(3, 2)
    came = stepped(submission, chain, x_t, 1, 2.0)
    expect_calls(came["asked"], 1)
    expect_asked(came["asked"][0], x_t, 1, CONTEXT, NEGATIVE)


@task("guided_step", weight=2)
def test_step_without_guidance_asks_half(submission, seed):
    """At w = 1, and at no other w, only the conditional half is asked: the other has no effect"""
    chain, x_t = a_chain(seed), seed.fork("x_t").normal(3, 2)
    came = stepped(submission, chain, x_t, 3, 1.0)
    expect_calls(came["asked"], 1)
    expect_asked(came["asked"][0], x_t, 3, CONTEXT)
    near(came["result"], moved(chain, x_t, 3, 1.0), "x at w = 1")
    nearly = stepped(submission, chain, x_t, 3, 1.001)
    expect_asked(nearly["asked"][0], x_t, 3, CONTEXT, NEGATIVE)


@task("guided_step")
def test_step_takes_any_context(submission, seed):
    """Contexts that are sequences of vectors are put together like labels"""
    x_t, keep, move = seed.fork("x_t").normal(3, 1, 2, 2), exactly(1, 1, 1), exactly(-0.5, -0.25, -2)
    context, negative = seed.fork("context").normal(3, 4, 5), seed.fork("negative").normal(3, 4, 5)
    came = submission.play(plays.guided_step_with_tokens, keep, move, x_t, 1, context, negative, 3.0)
    expect_calls(came["asked"], 1)
    expect_asked(came["asked"][0], x_t, 1, context, negative)
    mean = 3 * context.mean((1, 2)) - 2 * negative.mean((1, 2))
    near(came["result"], x_t - 0.25 * (by_image(mean, x_t) + 1), "x")


@task("guided_step")
def test_step_away_from_a_negative_context(submission, seed):
    """A context in the place of the null one is what the image moves away from"""
    chain, x_t = a_chain(seed), seed.fork("x_t").normal(3, 2)
    negative = 1 - CONTEXT  # the other class
    came = stepped(submission, chain, x_t, 2, 2.0, negative)
    near(came["result"], moved(chain, x_t, 2, 2.0, negative), "x", "`negative` need not be null.")


@task("guided_step")
def test_step_leaves_its_input_alone(submission, seed):
    """x_t and the contexts are not changed"""
    chain, x_t = a_chain(seed), seed.fork("x_t").normal(3, 2)
    came = stepped(submission, chain, x_t, 2, 2.0)
    close(came["arguments"], [x_t, CONTEXT, NEGATIVE], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 4.2 weight_schedules
@task("weight_schedules", weight=2)
def test_interval_is_open_below_and_closed_above(submission):
    """Of the noise levels 0.5, 1, 2, 3 the interval from 1 to 2.5 holds 2, that from 0 to 1 the first two"""
    alpha_bar = exactly(0.8, 0.5, 0.2, 0.1)  # sigma squared is 1/4, 1, 4, 9
    above = submission.sampler.interval_weights(alpha_bar, 3.0, 1.0, 2.5)
    below = submission.sampler.interval_weights(alpha_bar, 3.0, 0.0, 1.0)
    hint = "sigma is noise over signal, a ratio of deviations. Outside the interval the weight is 1, not 0."
    near(above, exactly(1, 1, 3, 1), "the weights from 1 to 2.5", hint)
    near(below, exactly(3, 3, 1, 1), "the weights from 0 to 1", hint)


@task("weight_schedules")
def test_interval_without_bounds(submission):
    """From 0 to infinity every step is guided, pure noise too; an empty interval guides none"""
    alpha_bar = exactly(0.9, 0.5, 0.1, 0)
    every = submission.sampler.interval_weights(alpha_bar, 2.5, 0.0, math.inf)
    near(every, exactly(2.5, 2.5, 2.5, 2.5), "the weights from 0 to infinity")
    none = submission.sampler.interval_weights(alpha_bar, 2.5, 1.5, 1.5)
    near(none, exactly(1, 1, 1, 1), "the weights from 1.5 to 1.5")


@task("weight_schedules")
def test_interval_keeps_float64(submission):
    """A weight of 7.3 comes back as 7.3, in float64"""
    weights = submission.sampler.interval_weights(exactly(0.9, 0.5), 7.3, 0.5, 9.0)
    expect_dtype(weights, torch.float64, "torch.where between two plain numbers makes float32.")
    near(weights, exactly(1, 7.3), "the weights")
    beyond = submission.sampler.interval_weights(exactly(0.5 - 1e-9, 0.5 + 1e-9), 7.3, 0.1, 1.0)
    hint = "sigma is worked out in float64 too: float32 does not tell 1 from 1 + 2e-9."
    near(beyond, exactly(1, 7.3), "the weights just above and just below sigma = 1", hint)


@task("weight_schedules", weight=2)
def test_line_of_weights(submission):
    """For T = 5 and w = 3 the weights from the image to pure noise are 5, 4, 3, 2, 1"""
    weights = submission.sampler.linear_weights(5, 3.0)
    hint = "Step 0 makes the image, step T - 1 begins with pure noise: least guidance there."
    expect_dtype(weights, torch.float64, "torch makes float32 unless dtype=torch.float64 is said.")
    near(weights, exactly(5, 4, 3, 2, 1), "the weights", hint)


@task("weight_schedules")
def test_line_has_the_mean_w(submission):
    """The mean weight is w, the last is 1, and w = 1 guides nowhere"""
    weights = submission.sampler.linear_weights(50, 7.5)
    near(weights.mean(), 7.5, "the mean weight", "Where must a line from 1 end?")
    near(weights[-1], 1.0, "the weight at pure noise")
    flat = submission.sampler.linear_weights(7, 1.0)
    near(flat, torch.ones(7), "the weights for w = 1")


@task("weight_schedules")
def test_line_needs_two_steps(submission):
    """T = 1 raises ValueError, and T = 2 gives 2 w - 1 and 1"""
    two = submission.sampler.linear_weights(2, 4.0)
    near(two, exactly(7, 1), "the weights for T = 2")
    with raises(ValueError, hint="linspace with one step returns its start without a word."):
        submission.sampler.linear_weights(1, 4.0)


# -------------------- 4.3 guided_sample
WEIGHTS = exactly(3, 1, 0.5, 2)  # of steps 0 to 3


def sampled(submission: Any, seed: Seed) -> tuple[dict[str, Any], Chain, Tensor]:
    """Return what guided_sample answers, with the chain and the noise that it got."""
    chain, x_T = a_chain(seed), seed.fork("x_T").normal(3, 2)
    return submission.play(plays.guided_sample, chain, x_T, CONTEXT, NEGATIVE, WEIGHTS), chain, x_T


@task("guided_sample", weight=2)
def test_sample_takes_every_step_with_its_weight(submission, seed):
    """The images are those of the steps 3, 2, 1, 0, each with its own weight"""
    came, chain, x = sampled(submission, seed)
    for t in (3, 2, 1, 0):
        x = moved(chain, x, t, WEIGHTS[t].item())
    hint = "Begin at step T - 1 with weights[T - 1], and do not forget step 0."
    near(came["result"], x, "the images", hint)


@task("guided_sample")
def test_sample_calls_the_model_once_a_step(submission, seed):
    """The model is called once a step, on half of the batch where the weight is 1"""
    came, chain, x = sampled(submission, seed)
    expect_calls(came["asked"], T)
    expect_asked(came["asked"][0], x, 3, CONTEXT, NEGATIVE)
    x = moved(chain, moved(chain, x, 3, 2.0), 2, 0.5)
    came_x = came["asked"][2]["x"]  # at step 1, whose weight is 1
    expect(len(came_x) == 3, f"at w = 1 the batch had {len(came_x)} images; expected 3", "See task 4.1.")
    near(came_x, x, "x at step 1")


@task("guided_sample")
def test_sample_keeps_no_gradients(submission, seed):
    """Neither the images nor what the model gets in between is recorded, though the model has parameters"""
    came, _, _ = sampled(submission, seed)
    hint = "with torch.no_grad(): around the loop. A detach() at the end comes too late for the memory."
    recorded = [i for i, call in enumerate(came["asked"]) if call["tracked"]]
    expect(not came["tracked"], "the images are recorded (requires_grad)", hint)
    expect(not recorded, f"x was recorded in calls {recorded} of {len(came['asked'])}", hint)
    hint = "Recording is switched off for a while; the model's parameters are not yours to freeze."
    expect_held(came["held"], hint)


@task("guided_sample")
def test_sample_leaves_its_input_alone(submission, seed):
    """The noise, the contexts and the weights are not changed"""
    came, _, x_T = sampled(submission, seed)
    expected = [x_T, CONTEXT, NEGATIVE, WEIGHTS]
    close(came["arguments"], expected, rtol=0, what="the arguments", hint=IN_PLACE)


@task("guided_sample")
def test_sample_of_gaussians_ends_where_the_ode_does(submission):
    """From N(0, 2) to N(1.5, 1) with w = 3, 200 turns end at N(3, 0.25) and not at the tilted N(2.25, 0.5)"""
    steps = 200
    angle = torch.arange(1, steps + 1, dtype=torch.float64) * (math.pi / (2 * steps))
    mean, variance = exactly(1.5, 0)[:, None], exactly(1, 2)[:, None]  # of label 0, and of the null label 1
    spread = variance * torch.cos(angle) ** 2 + torch.sin(angle) ** 2  # the variance of x_t
    slope = (1 - variance) * torch.sin(2 * angle) / 2 / spread  # of the exact velocity; it is affine in x_t
    shift = -mean * (torch.sin(angle) + slope * torch.cos(angle))
    turn = torch.full((steps,), math.pi / (2 * steps), dtype=torch.float64)
    chain = Chain(slope, shift, turn.cos(), -turn.sin())
    labels, weights = torch.tensor([0, 0]), torch.full((steps,), 3.0, dtype=torch.float64)
    came = submission.play(plays.guided_sample, chain, exactly(0, 1), labels, 1 - labels, weights)
    at_zero, at_one = came["result"].tolist()
    # Both errors fall as 1 / T; at T = 200 they are 0.05 % and 1.5 %.
    close(at_zero, 3.0, rtol=0.002, what="the mean of the images")
    close((at_one - at_zero) ** 2, 0.25, rtol=0.02, what="their variance")
