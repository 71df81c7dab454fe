"""Tasks 1.1 and 6.1: time, in units of a yardstick. Bars show how far you are."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, task
from autograder.nearness import SINGLE

from .. import plays
from .sound import hann, waves_of


def a_long_sound(seed: Seed) -> tuple[Tensor, int, int]:
    """A wave of sixteen seconds at 8 kHz, frames of 256 samples every 64."""
    return seed.normal(1, 128_000, dtype=torch.float32), 256, 64


def all_frames_are_right(came: Tensor, _: object, args: tuple[Tensor, int, int]) -> None:
    """Compare with a product of all frames and waves, in float64."""
    wave, n_fft, hop = args
    padded = torch.nn.functional.pad(wave.double(), (n_fft // 2, n_fft // 2))
    at = torch.arange(1 + wave.shape[1] // hop)[:, None] * hop + torch.arange(n_fft)
    frames = (padded[:, at] * hann(n_fft)).to(torch.complex128)  # 1 frames n_fft
    close(came, (frames @ waves_of(n_fft).T).mT, rtol=0, atol=100 * SINGLE, what="the spectra")  # 256 terms


@task("stft")
def test_all_frames_at_once(speed):
    """2,001 frames of a wave cost about as much as torch's own transform of so many"""
    hint = "Tensor.unfold cuts all frames at once, and torch.fft.rfft transforms them at once."
    speed("stft.stft", plays.spectra, a_long_sound, all_frames_are_right, hint)


def a_long_video(seed: Seed) -> tuple[Tensor, tuple[int, int, int]]:
    """Four videos of 16 frames of 64 x 64 pixels, in patches of 2 x 4 x 4."""
    return seed.normal(4, 3, 16, 64, 64, dtype=torch.float32), (2, 4, 4)


def all_tokens_are_right(came: Tensor, _: object, args: tuple[Tensor, tuple[int, int, int]]) -> None:
    """Compare with the patches, cut out one by one."""
    x, _ = args
    cut = [
        x[:, :, i : i + 2, j : j + 4, k : k + 4].movedim(1, -1).flatten(1)
        for i in range(0, 16, 2)
        for j in range(0, 64, 4)
        for k in range(0, 64, 4)
    ]
    close(came, torch.stack(cut, dim=1), rtol=0, what="the tokens")


@task("space_time_patches")
def test_all_patches_at_once(speed):
    """2,048 patches of four videos cost about as much as writing these down with their channels last"""
    hint = "One rearrange, or view, permute and reshape: no loop over patches."
    speed("patches.patchify", plays.turned, a_long_video, all_tokens_are_right, hint)
