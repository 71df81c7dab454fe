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


def all_tokens_are_right(came: Tensor, _: Tensor, args: tuple[Any, ...]) -> None:
    """Each pair of channels is the number that it was times one of size 1, whose angle is known."""
    pairs = torch.view_as_complex(came.double().unflatten(3, (2, 16, 2)))  # b heads n axis 16
    before = torch.view_as_complex(args[0].double().unflatten(3, (2, 16, 2)))
    slow = 100 ** (-torch.arange(16).double() / 16)
    for axis, place in enumerate((torch.arange(1024) // 32, torch.arange(1024) % 32)):
        angle = torch.outer(place.double(), slow)
        back = pairs[..., axis, :] * torch.polar(torch.ones_like(angle), -angle)
        close(torch.view_as_real(back), torch.view_as_real(before[..., axis, :]), rtol=0, atol=1e-4)


@task("rope_2d")
def test_turning_needs_no_loop(speed):
    """Eight heads of 1,024 tokens cost about as much as some products of complex numbers"""
    hint = "All angles in one table (n, d / 2): its cosines and sines meet all heads at once."
    speed("positions.rope_2d", plays.turn_all_alike, many_heads, all_tokens_are_right, hint)
