"""Tasks 1.3 and 2.3: what a whole batch costs, in units of a yardstick. The bars show how far you are."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays, plays_gan


def many_latents(seed: Seed) -> tuple[Tensor, ...]:
    """64 images of 256 values, a decoder from 8 latents, and 32 noises for each image."""
    x = seed.fork("x").normal(64, 256, dtype=torch.float32)
    W = seed.fork("W").normal(256, 8, dtype=torch.float32)
    return x, W, seed.fork("noise").normal(32, 64, 8, dtype=torch.float32)


def is_the_average(bound: Tensor, log_p: Tensor, args: tuple[Tensor, ...]) -> None:
    """The encoder answers N(0, 1), the prior: each weight is then the likelihood itself."""
    close(bound.double(), log_p.double().logsumexp(0) - math.log(32), rtol=1e-4, what="the bound")  # float32


@task("iwae_bound")
def test_samples_need_no_loop_in_a_loop(speed):
    """32 samples for 64 images cost about as much as their likelihoods"""
    hint = "Put all samples into one batch: log_likelihood takes k b images with one latent each."
    speed(plays.iwae_bound_of_many, plays.likelihoods_of_many, many_latents, is_the_average, hint)


def many_images(seed: Seed) -> tuple[list[Tensor] | Tensor, ...]:
    """A critic of two layers, and 128 pairs of images of 128 values."""
    weights = [seed.fork("A").normal(128, 128) / 11, seed.fork("B").normal(128) / 11]
    images = [seed.fork(name).normal(128, 128, dtype=torch.float32) for name in ("real", "fake")]
    mix = seed.fork("mix").uniform(128, dtype=torch.float32)
    return [weight.float() for weight in weights], *images, mix


def is_the_penalty(penalties: Tensor, _: list[Tensor], args: tuple[list[Tensor] | Tensor, ...]) -> None:
    """The slope of tanh(x A) B is (1 - tanh^2) weighted with B, times A."""
    (A, B), real, fake, mix = args
    expected = []
    for i in range(2):
        between = mix[:, None] * real.roll(i, 0) + (1 - mix[:, None]) * fake
        slopes = ((1 - (between @ A).tanh() ** 2) * B @ A.T).norm(dim=1)
        expected.append(10 * (slopes - 1).square().double().mean())
    close(penalties, torch.stack(expected), rtol=1e-3, what="the penalties")


@task("penalties")
def test_all_slopes_come_from_one_gradient(speed):
    """The slopes of 128 images cost a few times one plain gradient"""
    hint = "The gradient of the sum of all answers has each image's own gradient in its row."
    speed(plays_gan.penalty_of_many, plays_gan.gradients_of_many, many_images, is_the_penalty, hint)
