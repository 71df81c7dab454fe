"""Hidden checks of times, update and sampler: fresh Gaussians, step by step in plain numbers."""

import itertools
import math

import torch
from scipy import stats

from autograder.checks import Seed, any_of, close, exactly, expect, expect_dtype, raises, task

from .. import plays
from ..tests.near import LONG, SINGLE, near
from ..tests.test_flow import batch_of, update
from .fresh import between, expect_alike


# -------------------- 6.1 times
@task("times", gate=True)
def test_times_are_an_answer_at_all(submission, seed):
    """Fresh times, densities or shifts go with what they should be"""
    z, t = seed.fork("z").normal(40), 0.05 + 0.9 * seed.fork("t").uniform(40)
    law = torch.from_numpy(stats.norm.logpdf(torch.logit(t).numpy()))

    def density() -> None:
        expect_alike(submission.flow.logit_normal_log_density(t).exp(), (law - t.log() - (-t).log1p()).exp())

    def times() -> None:
        came = submission.flow.logit_normal(z, 0.2, 0.8)
        expect_alike(came, torch.special.expit(0.2 + 0.8 * z))
        expect(((came >= 0) & (came <= 1)).all(), "times lie between 0 and 1")

    def shift() -> None:
        came, right = submission.flow.shift_times(t, 8.0), 8 * t / (1 + 7 * t)
        expect_alike(came, right)
        expect_alike(came - t, right - t)

    any_of(times, density, shift)


@task("times", weight=2)
def test_times_of_fresh_laws(submission, seed):
    """Fresh means and deviations: times by the logistic function, densities by scipy's normal law

    The logistic function of mean + std z; the density has the Jacobian 1 / (t (1 - t)) and is normalised with
    std.
    """
    for name in ("a", "b"):
        mean, std = between(seed.fork(f"{name}m"), -1, 1), between(seed.fork(f"{name}s"), 0.4, 1.8)
        z, t = seed.fork(f"{name}z").normal(9), 0.01 + 0.98 * seed.fork(f"{name}t").uniform(9)
        right = exactly(*(1 / (1 + math.exp(-mean - std * one)) for one in z.tolist()))
        near(submission.flow.logit_normal(z, mean, std), right, "the times")
        logit = (t / (1 - t)).log()
        right = torch.from_numpy(stats.norm.logpdf(logit.numpy(), mean, std)) - (t * (1 - t)).log()
        near(submission.flow.logit_normal_log_density(t, mean, std), right, "the log densities")
    z = seed.fork("z").normal(5)
    near(submission.flow.logit_normal(z), torch.special.expit(z), "the times of mean 0 and deviation 1")
    t = torch.special.expit(z)
    right = torch.from_numpy(stats.norm.logpdf(z.numpy())) - (t * (1 - t)).log()
    near(submission.flow.logit_normal_log_density(t), right, "their log densities", within=LONG)


@task("times")
def test_densities_at_fresh_ends(submission, seed):
    """0 and 1 among fresh times have minus infinity, whatever the law, and the others their own

    Try t of 0 and 1: the log-density is -inf, not NaN, and others of the batch keep theirs.
    """
    mean, std = between(seed.fork("m"), -1, 1), between(seed.fork("s"), 0.4, 1.8)
    t = torch.cat([exactly(0, 1), 0.1 + 0.8 * seed.fork("t").uniform(3)])
    logit = (t[2:] / (1 - t[2:])).log()
    inner = torch.from_numpy(stats.norm.logpdf(logit.numpy(), mean, std)) - (t[2:] * (1 - t[2:])).log()
    came = submission.flow.logit_normal_log_density(t, mean, std)
    near(came, torch.cat([exactly(-math.inf, -math.inf), inner]), "the log densities")
    came = submission.flow.logit_normal_log_density(t.float(), mean, std)
    expect_dtype(came, torch.float32)
    near(came[2:], inner, "those in float32", within=SINGLE)


@task("times", weight=2)
def test_fresh_shifts(submission, seed):
    """A fresh shift moves the logit by its logarithm, keeps 0 and 1, and refuses what is not above 0

    A shift moves the logit of t by its logarithm: 0 and 1 stay, a shift not above 0 is refused.
    """
    alpha = between(seed.fork("a"), 0.2, 6)
    t = 0.02 + 0.96 * seed.fork("t").uniform(3, 4)
    came = submission.flow.shift_times(t, alpha)
    near(came, 1 / (1 + (1 / t - 1) / alpha), "the shifted times")
    near(submission.flow.shift_times(exactly(0, 1), alpha), exactly(0, 1), "the shifted ends")
    expect_dtype(submission.flow.shift_times(t.float(), alpha), torch.float32)
    for odd in (0.0, -between(seed.fork("odd"), 0.5, 3)):
        with raises(ValueError):
            submission.flow.shift_times(t, odd)


# -------------------- 6.2 flow_step
def tables_of(seed: Seed) -> list[torch.Tensor]:
    """Return fresh slope, pull and offsets."""
    return [seed.fork("slope").normal(1)[0], seed.fork("pull").normal(1)[0], seed.fork("offset").normal(3)]


@task("flow_step", gate=True)
def test_update_is_an_answer_at_all(submission, seed):
    """A fresh update goes where it should, or its loss is about right"""
    batch, tables = batch_of(seed.fork("b"), 6), tables_of(seed)
    came = submission.play(plays.flow_steps, tables, 0.0, [batch])
    loss, gradients = update(tables, batch)

    def moved() -> None:
        after = torch.cat([one.flatten() for one in came["after"][0]])
        before, by = (torch.cat([one.flatten() for one in many]) for many in (tables, gradients))
        expect_alike(after - before, by, 0.3)

    any_of(moved, lambda: near(came["losses"][0], loss.item(), "the loss"))


@task("flow_step", weight=2)
def test_fresh_updates(submission, seed):
    """Three updates of fresh weights on fresh batches, with momentum and gradients from before

    Clear old gradients, one call, the mean squared error of the velocity, one step. Nothing else happens to
    the gradients: no clipping.
    """
    batches = [batch_of(seed.fork(f"{k}"), 3 + k) for k in range(3)]
    tables, momentum = tables_of(seed), between(seed.fork("m"), 0.2, 0.8)
    came = submission.play(plays.flow_steps, tables, momentum, batches, -3.0)
    speed, losses = [torch.zeros_like(table) for table in tables], []
    for batch, after in zip(batches, came["after"], strict=True):
        loss, gradients = update(tables, batch)
        losses.append(loss.item())
        speed = [momentum * v + g for v, g in zip(speed, gradients, strict=True)]
        tables = [table - 0.25 * v for table, v in zip(tables, speed, strict=True)]
        near(after, tables, "the weights: slope, pull and offset", within=LONG)
    near(came["losses"], losses, "the losses", within=LONG)
    expect(all(isinstance(one, float) for one in came["losses"]), "a number is asked for, not a tensor")


@task("flow_step")
def test_update_in_float32(submission, seed):
    """float32 images at float32 times: loss and update to its digits, one call of the model

    Images stay float32, and the model is asked once, with the times as they came.
    """
    batch, tables = batch_of(seed.fork("b"), 5), tables_of(seed)
    loss, gradients = update(tables, batch)
    single = {name: one.float() if one.is_floating_point() else one for name, one in batch.items()}
    came = submission.play(plays.flow_steps, [table.float() for table in tables], 0.0, [single])
    near(came["losses"], [loss.item()], "the losses: of the update", within=SINGLE)
    right = [(table - 0.25 * g).float() for table, g in zip(tables, gradients, strict=True)]
    near(came["after"][0], right, "the weights: slope, pull and offset", within=SINGLE)
    close(came["asked"], [[5, 5, 5, 5]], rtol=0, what="sizes of x_t, t, labels and drop")
    close(came["arguments"], list(single.values()), rtol=0, what="the arguments")


# -------------------- 6.3 flow_sample
def chain(
    mean: tuple[float, float], deviation: tuple[float, float], times: list[float], w: float
) -> list[float]:
    """Return intercept and slope of Euler's walk through guided Gaussians: with the label, and without."""
    a, k = 0.0, 1.0
    for now, then in itertools.pairwise(times):
        of_x, alone = 0.0, 0.0
        for share, m, s in ((w, mean[0], deviation[0]), (1 - w, mean[1], deviation[1])):
            gain = (now - (1 - now) * s * s) / ((1 - now) ** 2 * s * s + now * now)
            of_x, alone = of_x + share * gain, alone + share * (-gain * (1 - now) * m - m)
        step = then - now
        a, k = a + step * (of_x * a + alone), k + step * of_x * k
    return [a, k]


def fresh_times(seed: Seed, n: int) -> torch.Tensor:
    """Return n + 1 uneven times that fall."""
    gaps = 0.2 + seed.uniform(n)
    return 1 - torch.cat([torch.zeros(1, dtype=torch.float64), gaps.cumsum(0)]) / gaps.sum()


@task("flow_sample", gate=True)
def test_sampler_is_an_answer_at_all(submission, seed):
    """Images from fresh noise go with the right ones"""
    tables = [seed.fork("mean").normal(3, 2), 0.4 + seed.fork("deviation").uniform(3, 2)]
    noise, labels = seed.fork("noise").normal(6, 2, 2, 2), torch.tensor([0, 1, 0, 1, 0, 1])
    times = fresh_times(seed, 6)
    came = submission.play(plays.flow_sample, tables, noise, labels, 2, times, 1.0)["result"]
    means = [
        chain((m, 0), (s, 1), times.tolist(), 1.0)
        for m, s in zip(*(one.flatten().tolist() for one in tables), strict=True)
    ]
    table = torch.tensor(means, dtype=torch.float64).reshape(3, 2, 2)[labels]
    right = table[..., :1, None] + table[..., 1:, None] * noise
    expect_alike(came, right, 0.3)
    expect_alike(came - noise, right - noise, 0.3)


@task("flow_sample", weight=2)
def test_fresh_walks(submission, seed):
    """Fresh Gaussians, weights, uneven times and labels: slope and intercept of each channel

    (t_next - t) times the guided velocity, with times as they come: try uneven ones, a weight that is not 1,
    and guidance of some channels alone.
    """
    tables = [seed.fork("mean").normal(4, 3), 0.4 + seed.fork("deviation").uniform(4, 3)]
    noise, labels = seed.fork("noise").normal(3, 3, 2, 1), torch.tensor([2, 0, 3])
    for guided, n in ((None, 5), (2, 7), (0, 3), (3, 1)):
        times, w = fresh_times(seed.fork(f"{n}"), n), between(seed.fork(f"w{n}"), 1.5, 4)
        came = submission.play(plays.flow_sample, tables, noise, labels, 1, times, w, guided)
        for i, label in enumerate(labels.tolist()):
            for channel in range(3):
                own = w if guided is None or channel < guided else 1.0
                pairs = [(one[label, channel].item(), one[1, channel].item()) for one in tables]
                a, k = chain(pairs[0], pairs[1], times.tolist(), own)
                near(
                    came["result"][i, channel],
                    a + k * noise[i, channel],
                    f"image {i}, channel {channel}",
                    within=LONG,
                )
        expect(len(came["asked"]) == n, f"the model was called {len(came['asked'])} times in {n} steps")
        close(came["arguments"], [noise, labels, times], rtol=0, what="the arguments")


@task("flow_sample")
def test_fresh_questions(submission, seed):
    """What a float32 model is asked on a fresh walk, without guidance: times of each step, labels and null

    One call a step on the doubled batch, labels first and null behind, also at w = 1: times have shape (2b,)
    and the noise's dtype, and are those where the step begins.
    """
    n, null = 4, seed.integer(2, 3)
    tables = [torch.zeros(4, 1), torch.full((4, 1), 0.5)]
    noise, labels = seed.fork("noise").normal(2, 1, 2, 2).float(), torch.tensor([1, 0])
    times = fresh_times(seed, n)
    came = submission.play(plays.flow_sample, tables, noise, labels, null, times, 0.0)
    asked = torch.stack([call["t"] for call in came["asked"]])
    close(asked, times[:-1, None].float().expand(n, 4), rtol=0, what="t")
    told = torch.stack([call["labels"] for call in came["asked"]])
    close(told, torch.tensor([1, 0, null, null]).expand(n, 4), rtol=0, what="labels")
    a, k = chain((0, 0), (0.5, 0.5), times.tolist(), 0.0)
    near(came["result"], a + k * noise.double(), "the images", within=SINGLE)
    expect(not came["tracked"], "the images require gradients")


@task("flow_sample")
def test_fresh_times_that_do_not_fall(submission, seed):
    """Fresh times of which one rises or stays raise ValueError; others need not begin at 1 nor end at 0

    Times must fall strictly; they need not begin at 1 nor end at 0.
    """
    tables = [torch.zeros(2, 1).double(), torch.ones(2, 1).double()]
    noise, labels = seed.fork("noise").normal(1, 1, 2, 2), torch.tensor([0])
    times = fresh_times(seed, 5)
    for odd in (torch.cat([times[:3], times[2:]]), torch.cat([times[:4], times[2:3]]), times.flip(0)):
        with raises(ValueError):
            submission.play(plays.flow_sample, tables, noise, labels, 1, odd, 1.0)
    came = submission.play(plays.flow_sample, tables, noise, labels, 1, times[1:4], 2.0)
    a, k = chain((0, 0), (1, 1), times[1:4].tolist(), 2.0)
    near(came["result"], a + k * noise, "the images")
