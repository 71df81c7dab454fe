"""Tasks 2.1 and 4.1: what a whole batch costs, in units of a yardstick. The bars show how far you are."""

import torch

from autograder.checks import Seed, close, task

from .. import plays, plays_model

LEVELS = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


def mixed_batch(seed: Seed) -> tuple[torch.Tensor, ...]:
    """4,096 images of 16 x 16 pixels, each at a step of its own."""
    draw = seed.fork("images").normal(2, 4096, 1, 16, 16, dtype=torch.float32)
    t = (seed.fork("steps").uniform(4096) * len(LEVELS)).long()
    return draw[0], t, draw[1], LEVELS


def every_image_is_noised(x_t: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """Take the signal away, and the noise of each image's own step must be left."""
    x0, t, eps, alpha_bar = args
    levels = alpha_bar.take(t)
    signal, noise = (weight.sqrt()[:, None, None, None] for weight in (levels, 1 - levels))
    close(x_t - signal * x0, noise * eps, rtol=0, atol=1e-5)  # float32


@task("q_sample")
def test_a_mixed_batch_needs_no_loop(speed):
    """4,096 images at steps of their own cost about as much as two products and a sum"""
    hint = "Index alpha_bar with the whole of t; at_step does that."
    speed("forward.q_sample", plays.multiply_and_add, mixed_batch, every_image_is_noised, hint)


def large_images(seed: Seed) -> tuple[torch.Tensor, ...]:
    """An image of 224 x 224 pixels, what a linear model predicts at each of 200 steps, and their levels."""
    image = seed.fork("image").normal(1, 1, 224, 224, dtype=torch.float32)
    tables = 0.3 * seed.fork("tables").normal(2, 200, dtype=torch.float32)
    return image, tables[0], tables[1], LEVELS[:600:3]


def every_step_is_taken(image: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """Each step maps x to (x - beta / sqrt(1 - alpha_bar) eps) / sqrt(1 - beta): together a line, a x + b."""
    x_T, slope, shift, alpha_bar = args
    before = torch.cat([torch.ones(1).double(), alpha_bar[:-1]])
    beta = 1 - alpha_bar / before
    noise = beta / (1 - alpha_bar).sqrt()
    a, b = torch.ones(()).double(), torch.zeros(()).double()
    for t in reversed(range(len(alpha_bar))):
        a, b = (a - noise[t] * slope[t] * a), (b - noise[t] * (slope[t] * b + shift[t]))
        a, b = a / (1 - beta[t]).sqrt(), b / (1 - beta[t]).sqrt()
    close(image, a * x_T + b, rtol=1e-4, atol=1e-4, what="the image")  # float32, 200 steps


@task("sample")
def test_memory_does_not_grow_with_steps(memory):
    """200 steps hold a few images at once, not those of all steps"""
    hint = "Keep only the images of the step at hand, and record no gradients: torch.no_grad()."
    sample, yardstick = plays_model.sample_without_noise, plays_model.scale_in_steps
    memory(sample, yardstick, large_images, every_step_is_taken, hint)
