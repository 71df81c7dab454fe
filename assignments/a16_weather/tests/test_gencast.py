"""Public checks of GenCast: a loss by hand, laws that an exact denoiser leads to, members' own states."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import exactly, expect, raises, task
from autograder.nearness import WORKED, near, near_single, unchanged

from .. import plays
from ..levels import sampling_levels


def probes(k: int, columns: int = 1) -> tuple[Tensor, Tensor]:
    """Return a start and noises of a batch of 2 + k, of which each member has one number that is 1, or none.

    A chain of affine steps then shows its shift in the first member, and its slopes in the others.
    """
    table = torch.eye(
        k + 1, dtype=torch.float64
    )  # rows: the start, the noises; columns: members but the first
    table = torch.cat([torch.zeros(k + 1, 1).double(), table], dim=1)
    numbers = table[:, :, None, None, None].repeat(1, 1, 1, 1, columns)  # 1+k 2+k 1 1 columns
    return numbers[0], numbers[1:]


def law(change: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of what an affine chain makes of standard normal numbers."""
    shift = change[0].flatten()[0]
    return shift, (change[1:, 0, 0, 0] - shift).square().sum().sqrt()


# -------------------- 6.2 gencast
@task("gencast", weight=2)
def test_loss_by_hand(submission):
    """With sigma 2 and .5, two fields and rows that weigh .5 and 1.5, each loss as worked out by hand"""
    before = torch.zeros(2, 2, 2, 1).double()
    now = torch.ones(2, 2, 2, 1).double()
    after = now + exactly(2, 4, 0, -4).view(1, 2, 2, 1)
    noise = torch.zeros(2, 2, 2, 1).double()
    noise[1] = 1
    # Changes over (2, 4): 1, 2 and 0, -1. A denoiser that always answers .5 misses by .5, 1.5, .5, 1.5.
    args = [before, now, after, exactly(2, 0.5), noise, exactly(2, 4), exactly(0.5, 1.5)]
    came = submission.play(plays.gencast_loss, [0.5, 0.0, 0.0, 0.0], args)
    error = (2 * 0.5 * 0.25 + 2 * 1.5 * 2.25) / 4
    hint = "(sigma² + 1) / sigma² times the mean of weight times square; the target is (after - now) / std."
    near(came["loss"], exactly(1.25 * error, 5 * error), "the losses", hint)
    unchanged(came["arguments"], args)
    # A denoiser of N(0, 1) halves y where sigma is 1: y = change + noise.
    args[3] = exactly(1, 1)
    came = submission.play(plays.gencast_loss, [0.0, 0.0, 0.0, 1.0], args)
    missed = [(0.5 * 0.25 + 1.5 * 1 + 0 + 1.5 * 0.25) / 4, (0 + 1.5 * 0.25 + 0.5 * 0.25 + 1.5 * 1) / 4]
    near(came["loss"], 2 * exactly(*missed), "the losses", "The denoiser sees change + sigma noise.")
    single = [one.float() for one in args[:-1]]
    came = submission.play(plays.gencast_loss, [0.0, 0.0, 0.0, 1.0], [*single, args[-1]])
    near_single(came["loss"], 2 * exactly(*missed), "the losses of float32")


@task("gencast", weight=2)
def test_laws_without_churn(submission):
    """Of N(.3, c²) 20 levels make .296300 and .986702 for c = 1, .298157 and .491452 for c = .5"""
    start, none = probes(0)
    for std, mean, deviation in ((1.0, 0.296300, 0.986702), (0.5, 0.298157, 0.491452)):
        args: list[Any] = [start, none, sampling_levels(), 0.0]
        came = submission.play(plays.sample_change, [0.3, 0.0, 0.0, std], args)
        hint = "x begins as sigma_0 times noise; the second look is at sqrt(sigma sigma_next)."
        near(torch.stack(law(came["change"])), exactly(mean, deviation), "mean and deviation", hint, 1e-6)
        unchanged(came["arguments"][:2], [start, none])


@task("gencast", weight=2)
def test_laws_with_churn(submission):
    """Churn of 2.5 at 14 levels makes .299210 and 1.029007 of c = 1, without inflation .982112"""
    start, noises = probes(14)
    for given, std, mean, deviation in (
        ([], 1.0, 0.299210, 1.029007),
        ([], 0.5, 0.299634, 0.513720),
        ([2.5, 0.75, 1.0], 1.0, 0.299210, 0.982112),
    ):
        came = submission.play(
            plays.sample_change, [0.3, 0.0, 0.0, std], [start, noises, sampling_levels(), *given]
        )
        hint = "Noise goes up to sigma (1 + gamma), at .75 and above; then the denoiser sees that level."
        near(torch.stack(law(came["change"])), exactly(mean, deviation), "mean and deviation", hint, 1e-6)


@task("gencast")
def test_39_calls(submission):
    """20 levels cost 39 calls, from 90 and 74.7484 down to .03; another number of noises is refused"""
    start, noises = probes(14)
    came = submission.play(plays.sample_change, [0.0, 0.0, 0.0, 1.0], [start, noises, sampling_levels()])
    levels = came["levels"][:, 0]
    hint = "Two calls a step, one in the last: what sigma = 0 would get is never asked."
    expect(len(levels) == 39, f"the denoiser was called {len(levels)} times; expected 39", hint)
    due = exactly(90, 74.7483391, 69.8414275, 57.7300782)
    near(levels[:4], due, "the first levels", "80 (1 + 2.5 / 20), and the root of it times the next.", WORKED)
    near(levels[-3:], exactly(0.0622063, 0.0431994, 0.03), "the last levels", within=WORKED)
    for few, churn in ((noises[:13], 2.5), (noises, 0.0), (noises[:0], 2.5)):
        with raises(ValueError):
            submission.play(plays.sample_change, [0.0, 0.0, 0.0, 1.0], [start, few, sampling_levels(), churn])
    # Few levels: churn is at most sqrt(2) - 1 of a level.
    args = [start[:2], noises[:1, :2], exactly(4, 0.5, 0)]
    came = submission.play(plays.sample_change, [0.0, 0.0, 0.0, 1.0], args)
    due = exactly(4 * math.sqrt(2), math.sqrt(2 * math.sqrt(2)), 0.5)
    near(came["levels"][:, 0], due, "levels with the largest churn", within=WORKED)


@task("gencast", weight=2)
def test_members_keep_their_own_states(submission, seed):
    """A denoiser that is sure, .2 + .5 now - .3 before, leads each member from its own two states"""
    before, now = seed.fork("before").normal(3, 2, 2, 3), seed.fork("now").normal(3, 2, 2, 3)
    sigmas, std = exactly(5, 1, 0.1, 0), exactly(0.5, 2)
    starts, noises = seed.fork("starts").normal(2, 3, 2, 2, 3), seed.fork("noises").normal(2, 2, 3, 2, 2, 3)
    args = [before, now, starts, noises, sigmas, std]
    came = submission.play(plays.ensemble_forecast, [0.2, 0.5, -0.3, 0.0], args)
    states = [before, now]
    for _ in range(2):
        change = 0.2 + 0.5 * states[-1] - 0.3 * states[-2]
        states.append(states[-1] + std[:, None, None] * change)
    hint = "now + change_std * change; then the new state is now, and what was now is before."
    near(came["states"], torch.stack(states[2:]), "the states", hint)
    unchanged(came["arguments"], args)
    expect(came["calls"] == 10, f"the denoiser was called {came['calls']} times; expected 10, 5 a step")
