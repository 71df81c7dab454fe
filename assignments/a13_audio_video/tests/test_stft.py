"""Public checks of spectra: ones, a pure tone, ways there and back, and phases that are looked for."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, raises, task
from autograder.nearness import EXACT, LONG, SINGLE, near, near_single, unchanged

from .. import plays
from .sound import spectra, wave_of

# -------------------- 1.1 stft
ONES = torch.ones(1, 4, dtype=torch.float64)
OF_ONES = torch.tensor([[[1.5, 2, 0.5], [-1 + 0.5j, -1, -0.5j], [0.5, 0, -0.5]]], dtype=torch.complex128)


@task("stft", weight=2)
def test_spectra_of_four_ones(submission):
    """Four ones, n_fft 4 and hop 2 have three frames: (1.5, -1 + .5i, .5), (2, -1, 0), (.5, -.5i, -.5)"""
    came = submission.stft.stft(ONES, 4, 2)
    hint = (
        "Frame k is centred at k * hop, with zeros outside, times the window 0, .5, 1, .5, and not scaled: "
        "bin 0 is the plain sum of its samples times the window."
    )
    close(came, OF_ONES, rtol=0, atol=EXACT, what="the spectra", hint=hint, axes=("wave", "bin", "frame"))


@task("stft")
def test_pure_tone(submission):
    """A tone of amplitude .7 on bin 10 of 64 has magnitudes 11.2 there, 5.6 beside it, and 0 elsewhere"""
    tone = 0.7 * (2 * math.pi * 10 * torch.arange(256).double() / 64 + 0.3).cos()
    came = submission.stft.stft(torch.stack([tone, -2 * tone]), 64, 16)
    expected = torch.zeros(2, 33, 9).double()
    expected[0, 9:12] = exactly(5.6, 11.2, 5.6)[:, None]
    expected[1] = 2 * expected[0]
    hint = (
        "A periodic window leaks into the two neighbours alone; the symmetric one into all bins. At its own "
        "bin a tone has half of its amplitude times the window's sum: no factor takes that out."
    )
    near(came.abs()[:, :, 4:13], expected, "the magnitudes away from the ends", hint, LONG)


@task("stft", weight=2)
def test_frames_of_short_waves(submission, seed):
    """Waves of 1, 15, 16 and 31 samples have 1, 1, 2 and 2 frames at hop 16, with zeros around them"""
    for n in (1, 15, 16, 31):
        wave = seed.fork(f"{n}").normal(2, n)
        came = submission.play(plays.calling, "stft", "stft", [wave, 32, 16])
        hint = "1 + n // hop frames. Where their number is right: bin 0 is a plain sum, scaled by nothing."
        near(came["value"], spectra(wave, 32, 16), f"the spectra of {n} samples", hint)
        unchanged(came["arguments"][0], wave)


@task("stft", weight=2)
def test_there_and_back(submission, seed):
    """istft(stft(wave)) is the wave, for hops of 1/8, 1/4 and 1/2 of n_fft, and as long as asked"""
    wave = seed.normal(2, 83)
    for hop, length in ((4, 83), (8, 83), (16, 60)):
        spec = spectra(wave, 32, hop)
        came = submission.play(plays.calling, "stft", "istft", [spec, 32, hop, length])
        hint = "Window again, overlap, add, divide by the overlapped squares, cut n_fft / 2 in front."
        near(came["value"], wave[:, :length], f"the wave at hop {hop}", hint, LONG)
        unchanged(came["arguments"][0], spec)


@task("stft", weight=2)
def test_spectra_of_no_wave(submission):
    """Of the spectra of four ones the middle frame alone comes back as 0, .5, 1, .5"""
    spec = OF_ONES * torch.tensor([0, 1, 0])
    came = submission.stft.istft(spec, 4, 2, 4)
    near(came, exactly(0, 0.5, 1, 0.5)[None], "the wave", "Sum of w * frame over sum of w²: 1, .5, 1, .5.")


@task("stft")
def test_hop_that_leaves_gaps(submission):
    """A hop of 3 with n_fft 4 raises ValueError in istft; float32 becomes complex64, and back"""
    with raises(ValueError):
        submission.stft.istft(OF_ONES[:, :, :2], 4, 3, 4)
    came = submission.stft.stft(ONES.float(), 4, 2)
    expect_dtype(came, torch.complex64)
    hint = "The same numbers as in float64, which the first check lists, to seven digits."
    close(came, OF_ONES, rtol=SINGLE, atol=SINGLE, what="the spectra of float32", hint=hint)
    near_single(submission.stft.istft(OF_ONES.to(torch.complex64), 4, 2, 4), ONES)


# -------------------- 1.3 griffin_lim
N_FFT, HOP = 16, 4


def a_sound(seed: Seed, n: int = 60) -> tuple[Tensor, Tensor, Tensor]:
    """Return two waves, the magnitudes of their spectra, and phases that have nothing to do with them."""
    wave = seed.fork("wave").normal(2, n)
    magnitude = spectra(wave, N_FFT, HOP).abs()
    return wave, magnitude, 6.3 * seed.fork("phase").uniform(*magnitude.shape)


@task("griffin_lim")
def test_true_phases_stay(submission, seed):
    """From the true phases the wave comes back after 0, 1 and 4 steps"""
    wave, magnitude, _ = a_sound(seed)
    phase = spectra(wave, N_FFT, HOP).angle()
    came = submission.play(plays.griffin_lim, magnitude, phase, [0, 1, 4], [N_FFT, HOP, 60])
    for steps, result in zip((0, 1, 4), came["waves"], strict=True):
        near(result, wave, f"the wave after {steps} steps", "Start with magnitude * e^(i phase).", LONG)
    unchanged(came["arguments"], [magnitude, phase])


def missed(wave: Tensor, magnitude: Tensor) -> float:
    """Return how far the magnitudes of a wave are from those wanted, relative to them.

    Negative frequencies count too: all bins but the first and the last stand for two.
    """
    twice = torch.full((N_FFT // 2 + 1, 1), 2**0.5).double()
    twice[[0, -1]] = 1
    gap = spectra(wave, N_FFT, HOP).abs() - magnitude
    return ((twice * gap).norm() / (twice * magnitude).norm()).item()


@task("griffin_lim", weight=2)
def test_error_falls(submission, seed):
    """From other phases the error never rises, and after 12 steps it is less than 0.7 of the first one"""
    _, magnitude, phase = a_sound(seed)
    steps = [0, 1, 2, 3, 6, 12]
    came = submission.play(plays.griffin_lim, magnitude, phase, steps, [N_FFT, HOP, 60])
    errors = [missed(wave, magnitude) for wave in came["waves"]]
    rises = [(steps[i], errors[i], errors[i + 1]) for i in range(5) if errors[i + 1] > errors[i] + LONG]
    hint = "Keep the angle of the wave's spectra, and put the magnitudes that came in back."
    expect(not rises, f"after step {rises[0][0] if rises else 0} the error rises: {rises[:1]}", hint)
    expect(errors[-1] < 0.7 * errors[0], f"the error falls from {errors[0]:.4f} to {errors[-1]:.4f}", hint)


@task("griffin_lim", weight=2)
def test_one_step_by_hand(submission, seed):
    """0 steps are istft of what came in, and 1 step is: its spectra, their phases, istft again"""
    _, magnitude, phase = a_sound(seed)
    came = submission.play(plays.griffin_lim, magnitude, phase, [0, 1], [N_FFT, HOP, 60])["waves"]
    start = wave_of(torch.polar(magnitude, phase), N_FFT, HOP, 60)
    near(came[0], start, "the wave after 0 steps", "No phase is drawn: it is an argument.", LONG)
    spec = spectra(start, N_FFT, HOP)
    once = wave_of(spec / spec.abs() * magnitude, N_FFT, HOP, 60)
    near(came[1], once, "the wave after 1 step", "As many rounds as steps, then istft.", LONG)


@task("griffin_lim")
def test_silence_stays_silent(submission, seed):
    """Magnitudes of 0 give a wave of zeros, not NaN; three times the magnitudes, three times the wave"""
    _, magnitude, phase = a_sound(seed)
    came = submission.stft.griffin_lim(0 * magnitude, phase, 2, N_FFT, HOP, 60)
    near(came, torch.zeros(2, 60).double(), "the wave of silence", "0 / |0| is NaN; an angle is not.")
    one, three = (submission.stft.griffin_lim(a * magnitude, phase, 2, N_FFT, HOP, 60) for a in (1, 3))
    near(three, 3 * one, "the wave of three times the magnitudes", within=LONG)
