"""Public checks of times, update and sampler: closed forms of Gaussian data, to the last digit."""

import itertools
import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .. import plays
from .near import IN_PLACE, WORKED, near

TIMES = exactly(1, 0.75, 0.5, 0.25, 0)


# -------------------- 6.1 times
@task("times", weight=2)
def test_times_of_normal_numbers(submission):
    """z = -1, 0, 1 become 0.2689414, 0.5, 0.7310586; with mean -0.5 and deviation 2: 0.0758582, ..."""
    z = exactly(-1, 0, 1)
    hint = "sigmoid(mean + std z): std multiplies, and nothing is clipped."
    near(submission.flow.logit_normal(z), exactly(0.2689414, 0.5, 0.7310586), "the times", hint, WORKED)
    came = submission.flow.logit_normal(z, -0.5, 2.0)
    near(came, exactly(0.0758582, 0.3775407, 0.8175745), "those of mean -0.5, deviation 2", hint, WORKED)


@task("times", weight=2)
def test_density_of_times(submission):
    """At 0.1, 0.5, 0.9 the density is 0.3965747, 4 / sqrt(2 pi), 0.3965747; the integral is 1"""
    came = submission.flow.logit_normal_log_density(exactly(0.1, 0.5, 0.9)).exp()
    hint = "The density of the logit, divided by t (1 - t): that is how much the sigmoid squeezes."
    near(came, exactly(0.3965747, 1.5957691, 0.3965747), "the density", hint, WORKED)
    t = (torch.arange(2000).double() + 0.5) / 2000
    density = submission.flow.logit_normal_log_density(t, -0.5, 1.0).exp()
    near(density.mean(), 1.0, "the integral for mean -0.5", hint, 1e-5)
    near((t * density).mean(), 0.3979729, "the mean of t for mean -0.5", hint, 1e-5)
    density = submission.flow.logit_normal_log_density(t, 0.3, 0.6).exp()
    near(density.mean(), 1.0, "the integral for mean 0.3, deviation 0.6", hint, 1e-5)


@task("times")
def test_density_at_the_ends(submission):
    """At 0 and 1 the logarithm is minus infinity, and never NaN: float32's sigmoid of 20 is 1 exactly"""
    t = torch.sigmoid(torch.tensor([-200.0, 0.0, 20.0]))
    came = submission.flow.logit_normal_log_density(t)
    expect_dtype(came, torch.float32)
    right = torch.tensor([-math.inf, math.log(4 / math.sqrt(2 * math.pi)), -math.inf])
    close(
        came,
        right,
        rtol=1e-5,
        what="the logarithms",
        hint="infinity - infinity is NaN: choose with torch.where.",
    )


@task("times", weight=2)
def test_shifted_times(submission):
    """Shift 3 of 1, 0.75, 0.5, 0.25, 0 is 1, 0.9, 0.75, 0.5, 0; shift 1 changes nothing, 1/3 takes it back"""
    shifted = exactly(1, 0.9, 0.75, 0.5, 0)
    hint = "alpha t / (1 + (alpha - 1) t): the logit of t moves by the logarithm of alpha, towards noise."
    near(submission.flow.shift_times(TIMES, 3.0), shifted, "the times", hint)
    near(submission.flow.shift_times(shifted, 1 / 3), TIMES, "the times, shifted back", hint)
    near(submission.flow.shift_times(TIMES, 1.0), TIMES, "the times, not shifted", hint)
    twice = submission.flow.shift_times(shifted, 2.0)
    near(twice, exactly(1, 18 / 19, 6 / 7, 2 / 3, 0), "the times, shifted by 6 in all", hint)


@task("times")
def test_shift_refuses_what_is_not_above_zero(submission):
    """A shift of 0, -2 or NaN raises ValueError, and float32 times stay float32"""
    for alpha in (0.0, -2.0, math.nan):
        with raises(ValueError, hint="NaN is not above 0 either."):
            submission.flow.shift_times(TIMES, alpha)
    expect_dtype(submission.flow.shift_times(TIMES.float(), 0.5), torch.float32)
    expect_dtype(submission.flow.logit_normal(TIMES.float(), 0.5), torch.float32)


# -------------------- 6.2 flow_step
def update(
    tables: list[torch.Tensor], batch: dict[str, torch.Tensor]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Return loss and gradients of the model slope x + pull t + offset[label], from averages by hand."""
    slope, pull, offset = tables
    x0, eps, t = (batch[name].double() for name in ("x0", "eps", "t"))
    told = torch.where(batch["drop"], 0.0, offset[batch["labels"]])
    x = torch.stack([(1 - time) * a + time * e for time, a, e in zip(t, x0, eps, strict=True)])
    given = (pull * t + told).reshape(-1, 1, 1, 1)
    error = slope * x + given - (eps - x0)
    by_sample = 2 * error.flatten(1).mean(dim=1) / len(x)
    kept = by_sample * ~batch["drop"]
    of_offset = torch.stack([kept[batch["labels"] == k].sum() for k in range(len(offset))])
    gradients = [2 * (error * x).mean(), (by_sample * t).sum(), of_offset]
    return error.square().mean(), gradients


def batch_of(seed, n: int = 4) -> dict[str, torch.Tensor]:
    """Return n images of 2 x 3 x 2, the first at t = 0 and the last at t = 1; sample 1 is dropped."""
    t = torch.linspace(0, 1, n, dtype=torch.float64)
    images = {name: seed.fork(name).normal(n, 2, 3, 2) for name in ("x0", "eps")}
    return images | {"labels": torch.arange(n) % 3, "drop": torch.arange(n) == 1, "t": t}


TABLES = [exactly(0.5)[0], exactly(-0.4)[0], exactly(0.3, -0.2, 0.7)]


@task("flow_step", weight=2)
def test_one_update_by_hand(submission, seed):
    """Loss and update of an affine model by hand, between data at t = 0 and noise at t = 1"""
    batch = batch_of(seed)
    came = submission.play(plays.flow_steps, TABLES, 0.0, [batch])
    loss, gradients = update(TABLES, batch)
    hint = "x_t = (1 - t) x0 + t eps, each image at its time; the target is eps - x0; a mean over all."
    near(came["losses"], [loss.item()], "the losses: of the first update", hint)
    after = [table - 0.25 * g for table, g in zip(TABLES, gradients, strict=True)]
    near(came["after"][0], after, "the weights: slope, pull and offset", hint)
    close(came["asked"], [[4, 4, 4, 4]], rtol=0, what="sizes of x_t, t, labels and drop", hint="One call.")
    given = list(batch.values())
    close(came["arguments"], given, rtol=0, what="the arguments", hint=IN_PLACE)


@task("flow_step", weight=2)
def test_two_updates_start_afresh(submission, seed):
    """Gradients that are there before do not count, in the first update and in the second; momentum does"""
    batches = [batch_of(seed.fork("1")), batch_of(seed.fork("2"), 3)]
    came = submission.play(plays.flow_steps, TABLES, 0.5, batches, 7.0)
    tables, speed, losses = TABLES, [0 * table for table in TABLES], []
    for batch in batches:
        loss, gradients = update(tables, batch)
        losses.append(loss.item())
        speed = [0.5 * v + g for v, g in zip(speed, gradients, strict=True)]
        tables = [table - 0.25 * v for table, v in zip(tables, speed, strict=True)]
    hint = "zero_grad() before backward(); the loss is the one before the update."
    near(came["losses"], losses, "the losses: of both updates", hint)
    near(came["after"][1], tables, "the weights: slope, pull and offset", hint)


@task("flow_step")
def test_best_loss_of_gaussian_data(submission):
    """Data N(0, s²), evenly spread times: the best model's loss is s pi / 2, so 0.785398 for s = 0.5"""
    t = ((torch.arange(64).double() + 0.5) / 64).repeat_interleave(4)
    for s in (0.5, 2.0):
        signs = exactly(*itertools.chain(*itertools.product((-1, 1), repeat=2))).reshape(4, 2).repeat(64, 1)
        x0, eps = s * signs[:, 0], signs[:, 1]
        loss = submission.play(plays.best_loss, s, x0.reshape(-1, 1, 1, 1), eps.reshape(-1, 1, 1, 1), t)
        hint = "No weights over times: how t was drawn is the weighting."
        near(loss, s * math.pi / 2, f"the loss for s = {s}", hint, 1e-4)  # 64 midpoints


# -------------------- 6.3 flow_sample
def gaussian(means: list[float], deviations: list[float], channels: int = 1) -> list[torch.Tensor]:
    """Return the tables of data N(mean, deviation²), label by label, alike in all channels."""
    return [exactly(*one)[:, None].expand(-1, channels).contiguous() for one in (means, deviations)]


NOISE = exactly(-1, 0, 0.5, 2).reshape(2, 1, 1, 2)
LABELS = torch.tensor([0, 0])
EULER = "x + (t_next - t) v, with v at t: times fall, so the step is negative."


@task("flow_sample", weight=2)
def test_euler_on_gaussian_data(submission):
    """Data N(1.5, 0.5²): noise e ends at 1.5 in one step, 1.5 + 0.2 e in two, 1.5 + 0.340541 e in four"""
    tables = gaussian([1.5, 0], [0.5, 1])
    for n, slope in ((1, 0.0), (2, 0.2), (4, 0.340541)):
        times = torch.linspace(1, 0, n + 1, dtype=torch.float64)
        came = submission.play(plays.flow_sample, tables, NOISE, LABELS, 1, times, 1.0)
        near(came["result"], 1.5 + slope * NOISE, f"the images after {n} steps", EULER, WORKED)
    times = exactly(1, 0.9, 0.75, 0.5, 0)
    came = submission.play(plays.flow_sample, tables, NOISE, LABELS, 1, times, 1.0)
    near(came["result"], 1.5 + 0.212108 * NOISE, "the images at times shifted by 3", EULER, WORKED)


@task("flow_sample", weight=2)
def test_guided_gaussian_data(submission):
    """w = 3 in 8 steps to N(1.5, 0.5²): from N(0, 0.5²) 4.5 + 0.414785 e, N(0, 1) 2.202075 + 0.06694 e"""
    times = torch.linspace(1, 0, 9, dtype=torch.float64)
    hint = "v_null + w (v_label - v_null): w = 1 is plain conditional sampling, w = 0 without the label."
    for deviation, mean, slope in ((0.5, 4.5, 0.414785), (1.0, 2.202075, 0.066940)):
        tables = gaussian([1.5, 0], [0.5, deviation])
        came = submission.play(plays.flow_sample, tables, NOISE, LABELS, 1, times, 3.0)
        near(came["result"], mean + slope * NOISE, "the images", hint, WORKED)


@task("flow_sample")
def test_what_the_model_is_asked(submission):
    """One call a step, also at w = 1, on the batch with its labels and again with null, t for each"""
    tables = gaussian([1.5, -1, 0], [0.5, 0.7, 1])
    single = [table.float() for table in tables]
    times = exactly(1, 0.7, 0.1)
    came = submission.play(plays.flow_sample, single, NOISE.float(), torch.tensor([1, 0]), 2, times, 1.0)
    calls = came["asked"]
    expect(
        len(calls) == 2, f"the model was called {len(calls)} times in two steps", "One call on 2 b images."
    )
    for call, t in zip(calls, (1.0, 0.7), strict=True):
        hint = "t is the time at which the step begins, (2b,), in the dtype of noise."
        close(call["t"], torch.full((4,), t), rtol=0, what="t", hint=hint)
        close(
            call["labels"],
            torch.tensor([1, 0, 2, 2]),
            rtol=0,
            what="labels",
            hint="Labels first, null after.",
        )
    expect_dtype(came["result"], torch.float32)
    means = exactly(-1, 1.5).reshape(2, 1, 1, 1)
    velocity = NOISE - means  # at t = 1 the data's mean is all that is known
    close(
        calls[1]["x"], (NOISE - 0.3 * velocity).repeat(2, 1, 1, 1), rtol=1e-5, what="x at t = 0.7", hint=EULER
    )


@task("flow_sample", weight=2)
def test_guided_channels(submission):
    """guided = 1 of two channels guides the first, None both; the other follows the labels"""
    tables, noise = gaussian([1.5, 0], [0.5, 1], 2), NOISE.expand(2, 2, 1, 2).contiguous()
    times = torch.linspace(1, 0, 9, dtype=torch.float64)
    plain, strong = 1.5 + 0.414785 * NOISE, 2.202075 + 0.066940 * NOISE
    for guided, parts in ((1, (strong, plain)), (None, (strong, strong))):
        came = submission.play(plays.flow_sample, tables, noise, LABELS, 1, times, 3.0, guided)
        hint = "What is not guided is the half with labels."
        near(came["result"], torch.cat(parts, dim=1), f"the images for guided = {guided}", hint, WORKED)


@task("flow_sample")
def test_no_guided_channel(submission):
    """guided = 0 guides no channel, whatever w is: 1.5 + 0.414785 e"""
    times = torch.linspace(1, 0, 9, dtype=torch.float64)
    came = submission.play(plays.flow_sample, gaussian([1.5, 0], [0.5, 1]), NOISE, LABELS, 1, times, 3.0, 0)
    hint = "0 is not None: `if guided:` takes both for no."
    near(came["result"], 1.5 + 0.414785 * NOISE, "the images for guided = 0", hint, WORKED)


@task("flow_sample")
def test_no_step_and_no_way_back(submission):
    """One time gives the noise back; times that rise, or stay, raise ValueError; no gradient is recorded"""
    tables = gaussian([1.5, 0], [0.5, 1])
    came = submission.play(plays.flow_sample, tables, NOISE, LABELS, 1, exactly(1, 0.5), 1.0)
    near(came["result"], 0.5 * NOISE + 0.75, "the images after half of one step", EULER)
    expect(not came["tracked"], "the images require gradients", "torch.no_grad() around the walk.")
    came = submission.play(plays.flow_sample, tables, NOISE, LABELS, 1, exactly(1), 1.0)
    close(came["result"], NOISE, rtol=0, what="the images after no step")
    for times in (exactly(0, 1), exactly(1, 0.5, 0.5, 0), exactly(1, 0.2, 0.6, 0)):
        with raises(ValueError, hint="Compare each time with the next."):
            submission.play(plays.flow_sample, tables, NOISE, LABELS, 1, times, 1.0)
