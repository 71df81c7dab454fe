"""Tasks 1.1 and 6.1: time, in units of a yardstick. Bars show how far you are."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays
from .near import SINGLE
from .sound import hann


def a_long_sound(seed: Seed) -> tuple[Tensor, int, int]:
    """Four waves of eight seconds at 8 kHz, frames of 256 samples every 64."""
    return seed.normal(4, 64_000, dtype=torch.float32), 256, 64


def some_frames_are_right(came: Tensor, _: object, args: tuple[Tensor, int, int]) -> None:
    """Compare frames 2, 500 and 1000 with transforms of what stands there."""
    wave, n_fft, hop = args
    for k in (2, 500, 998):
        frame = wave[:, k * hop - n_fft // 2 : k * hop + n_fft // 2].double() * hann(n_fft)
        expected = torch.fft.rfft(frame)
        close(came[:, :, k], expected, rtol=0, atol=100 * SINGLE, what=f"frame {k}")  # sums of 256 terms


@task("stft")
def test_all_frames_at_once(speed):
    """1,001 frames of four waves cost about as much as torch's own transform of so many"""
    hint = "Tensor.unfold cuts all frames at once, and torch.fft.rfft transforms them at once."
    speed("stft.stft", plays.spectra, a_long_sound, some_frames_are_right, hint)


def a_long_video(seed: Seed) -> tuple[Tensor, tuple[int, int, int]]:
    """Four videos of 16 frames of 64 x 64 pixels, in patches of 2 x 4 x 4."""
    return seed.normal(4, 3, 16, 64, 64, dtype=torch.float32), (2, 4, 4)


def some_tokens_are_right(came: Tensor, _: object, args: tuple[Tensor, tuple[int, int, int]]) -> None:
    """Compare the tokens of frames 2 and 3, rows 8 to 11."""
    x, _ = args
    for column in range(16):
        patch = x[:, :, 2:4, 8:12, 4 * column : 4 * column + 4].movedim(1, -1).flatten(1)
        close(came[:, 256 + 32 + column], patch, rtol=0, what=f"token {256 + 32 + column}")


@task("space_time_patches")
def test_all_patches_at_once(speed):
    """2,048 patches of four videos cost about as much as writing these down with their channels last"""
    hint = "One rearrange, or view, permute and reshape: no loop over patches."
    speed("patches.patchify", plays.turned, a_long_video, some_tokens_are_right, hint)
