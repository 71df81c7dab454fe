"""Tasks 1.2 and 2.4: what a whole batch costs, in units of a yardstick. The bars show how far you are."""

import torch

from autograder.checks import Seed, close, task

from .. import plays


def many_contexts(seed: Seed) -> tuple[torch.Tensor, ...]:
    """32,768 contexts of two vectors, of which about half are kept."""
    context = seed.fork("context").normal(32768, 2, 16, dtype=torch.float32)
    keep = seed.fork("keep").uniform(32768) < 0.5
    return context, keep, seed.fork("null").normal(2, 16, dtype=torch.float32)


def each_is_kept_or_replaced(came: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """A context is kept where the mask says so, and the null context stands in otherwise."""
    context, keep, null = args
    kept = keep[:, None, None].float()
    close(came, kept * context + (1 - kept) * null, rtol=0)


@task("drop_context")
def test_a_batch_of_contexts_needs_no_loop(speed):
    """32,768 contexts cost less than weighing each against the null context forty times"""
    hint = "torch.where chooses for the whole batch, when `keep` has the axes (b, 1, ..., 1)."
    speed("masks.drop_context", plays.weigh_contexts, many_contexts, each_is_kept_or_replaced, hint)


def large_images(seed: Seed) -> tuple[torch.Tensor, ...]:
    """32 images of 3 x 64 x 64 pixels, each of another size."""
    sizes = seed.fork("sizes").uniform(32, 1, 1, 1, dtype=torch.float32)
    return ((0.5 + 2 * sizes) * seed.fork("images").normal(32, 3, 64, 64, dtype=torch.float32),)


def each_is_clipped_at_its_own(image: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """99.5 % of an image's values lie within its percentile s, and what is within is x_0 / s."""
    (x0,) = args
    s = x0.double().flatten(1).abs().sort().values
    place = 0.995 * (s.shape[1] - 1)
    low, high = s[:, int(place)], s[:, int(place) + 1]
    s = (low + (place % 1) * (high - low)).clamp(min=1)[:, None, None, None]
    close(image.double(), (x0 / s).clamp(-1, 1), rtol=0, atol=1e-5)  # float32


@task("dynamic_threshold")
def test_one_percentile_needs_no_full_sort(speed):
    """Finding one of 12,288 values costs far less than sorting them all"""
    hint = "The value is among the largest 0.5 %: torch.topk finds those, torch.kthvalue one of them."
    speed("combine.dynamic_threshold", plays.clip_four_times, large_images, each_is_clipped_at_its_own, hint)
