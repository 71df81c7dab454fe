"""Tasks 1.1 and 2.2: the time of a large batch, in units of a yardstick. Bars show how far you are."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays


def large_maps(seed: Seed) -> tuple[Tensor, int]:
    """16 maps of 4 x 128 x 128 pixels, in patches of 2 x 2."""
    return seed.normal(16, 4, 128, 128, dtype=torch.float32), 2


def pixels_are_where_they_belong(came: Tensor, moved: Tensor, _: tuple[Any, ...]) -> None:
    """A token holds what torch's own shuffle has there, (pixel, channel) instead of (channel, pixel)."""
    close(came.unflatten(2, (4, 4)).transpose(2, 3).flatten(2), moved.flatten(2).mT, rtol=0)


@task("patchify")
def test_patches_need_no_loop(speed):
    """16 maps of 4 x 128 x 128 pixels cost about as much as F.pixel_unshuffle"""
    hint = "Split both axes of pixels in two, reorder the six axes at once, and join them."
    speed("patch.patchify", plays.shuffle_pixels, large_maps, pixels_are_where_they_belong, hint)


def many_heads(seed: Seed) -> tuple[Tensor, int, int]:
    """Eight heads of 32 x 32 tokens with 64 channels."""
    return seed.normal(2, 4, 1024, 64, dtype=torch.float32), 32, 32


def two_tokens_are_right(came: Tensor, _: Tensor, args: tuple[Any, ...]) -> None:
    """The first token is as it was, and in the last the fastest pairs are turned by 31."""
    x = args[0]
    close(came[:, :, 0], x[:, :, 0], rtol=0)
    turn = torch.polar(torch.tensor(1.0), torch.tensor(31.0))
    for channel in (0, 32):
        pair = torch.view_as_complex(x[:, :, 1023, channel : channel + 2].contiguous()) * turn
        close(came[:, :, 1023, channel : channel + 2], torch.view_as_real(pair), rtol=1e-4, atol=1e-4)


@task("rope_2d")
def test_turning_needs_no_loop(speed):
    """Eight heads of 1,024 tokens cost about as much as some products of complex numbers"""
    hint = "All angles in one table (n, d / 2): its cosines and sines meet all heads at once."
    speed("positions.rope_2d", plays.turn_all_alike, many_heads, two_tokens_are_right, hint)
