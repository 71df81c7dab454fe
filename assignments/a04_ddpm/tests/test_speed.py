"""Tasks 2.1 and 4.3: what a whole batch costs, in units of a yardstick. The bars show how far you are."""

import torch

from autograder.checks import Seed, close, task

from .. import plays, plays_model

LEVELS = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)


def mixed_batch(seed: Seed) -> tuple[torch.Tensor, ...]:
    """2,048 images of 16 x 16 pixels, each at a step of its own."""
    draw = seed.fork("images").normal(2, 2048, 1, 16, 16, dtype=torch.float32)
    t = (seed.fork("steps").uniform(2048) * len(LEVELS)).long()
    return draw[0], t, draw[1], LEVELS


def every_image_is_noised(x_t: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """Take the signal away, and the noise of each image's own step must be left."""
    x0, t, eps, alpha_bar = args
    level = alpha_bar.take(t)[:, None, None, None]
    close(x_t - level.sqrt() * x0, (1 - level).sqrt() * eps, rtol=0, atol=1e-5)  # float32


@task("q_sample")
def test_a_mixed_batch_needs_no_loop(speed):
    """2,048 images at 2,048 steps cost about as much as two products and a sum"""
    hint = "Index alpha_bar with the whole of t; at_step does that."
    speed("forward.q_sample", plays.multiply_and_add, mixed_batch, every_image_is_noised, hint)


def large_images(seed: Seed) -> tuple[torch.Tensor, ...]:
    """An image of 384 x 384 pixels and a chain of 100 steps."""
    return seed.normal(1, 1, 384, 384, dtype=torch.float32), LEVELS[:500:5]


@task("sample")
def test_memory_does_not_grow_with_steps(memory):
    """100 steps hold a few images at once, not those of all steps"""
    hint = "Keep only the images of the step at hand, and record no gradients: torch.no_grad()."
    memory(plays_model.sample_without_noise, plays_model.scale_in_steps, large_images, hint=hint)
