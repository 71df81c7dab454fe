"""Hidden checks of spectra: fresh waves against torch's own transforms, and fresh rounds of Griffin-Lim."""

import torch
from torch import Tensor

from autograder.checks import any_of, close, expect_dtype, raises, task
from autograder.nearness import EXACT, LONG, SINGLE, near, near_single, unchanged

from .. import plays
from ..tests.sound import hann, spectra, wave_of
from .fresh import expect_alike, not_the_input


def by_torch(wave: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return torch's spectra."""
    window = hann(n_fft).to(wave.dtype)
    return torch.stft(wave, n_fft, hop, window=window, pad_mode="constant", return_complex=True)


# -------------------- 1.1 stft
@task("stft", gate=True)
def test_stft_is_an_answer_at_all(submission, seed):
    """Fresh spectra go with their waves, or waves with their spectra"""
    wave = seed.normal(2, 90)
    spec = by_torch(wave, 24, 6)

    def there() -> None:
        came = submission.stft.stft(wave, 24, 6)
        expect_alike(torch.view_as_real(came), torch.view_as_real(spec))

    any_of(there, lambda: expect_alike(submission.stft.istft(spec, 24, 6, 90), wave))


@task("stft", weight=3)
def test_fresh_waves(submission, seed):
    """Fresh lengths, windows and hops, in both dtypes, as torch.stft has them

    Frames are centred, with zeros outside of the wave, and a periodic Hann window: torch.stft has to be told
    the padding. Nothing is scaled by the window's sum. Try waves shorter than a window.
    """
    for n_fft, hop in ((8, 3), (30, 7), (64, 64)):
        n = seed.fork(f"{n_fft}").integer(65, 140)
        wave = seed.fork("wave").normal(3, n)
        came = submission.play(plays.calling, "stft", "stft", [wave, n_fft, hop])
        near(came["value"], by_torch(wave, n_fft, hop), "the spectra")
        unchanged(came["arguments"][0], wave)
        single = submission.stft.stft(wave.float(), n_fft, hop)
        expect_dtype(single, torch.complex64)
        close(single, by_torch(wave, n_fft, hop), rtol=10 * SINGLE, atol=10 * SINGLE, what="the spectra")


@task("stft", weight=3)
def test_fresh_spectra(submission, seed):
    """Fresh spectra that no wave has become the wave that is nearest, as torch.istft has it

    Compare with torch.istft: windowed frames are added up and divided by the sum of the squared windows.
    """
    for n_fft, hop in ((8, 3), (30, 7), (32, 16), (6, 1)):
        real, imaginary = (seed.fork(f"{part}{n_fft}").normal(2, n_fft // 2 + 1, 9) for part in "ri")
        spec, length = torch.complex(real, imaginary), seed.fork(f"{n_fft}").integer(7 * hop, 8 * hop)
        expected = torch.istft(spec, n_fft, hop, window=hann(n_fft), length=length)
        came = submission.play(plays.calling, "stft", "istft", [spec, n_fft, hop, length])
        near(came["value"], expected, "the wave", within=LONG)
        unchanged(came["arguments"][0], spec)
        near_single(submission.stft.istft(spec.to(torch.complex64), n_fft, hop, length), expected)
        with raises(ValueError):
            submission.stft.istft(spec, n_fft, n_fft // 2 + 1, length)


# -------------------- 1.3 griffin_lim
def rounds(magnitude: Tensor, phase: Tensor, steps: int, sizes: list[int]) -> Tensor:
    """Return the wave after so many rounds, by the judge's own transforms."""
    wave = wave_of(torch.polar(magnitude, phase), *sizes)
    for _ in range(steps):
        spec = spectra(wave, *sizes[:2])
        wave = wave_of(spec * magnitude / spec.abs(), *sizes)
    return wave


@task("griffin_lim", gate=True)
def test_griffin_lim_is_an_answer_at_all(submission, seed):
    """Waves of fresh magnitudes go with those"""
    wave = seed.fork("wave").normal(2, 90)
    spec = by_torch(wave, 24, 6)
    came = submission.stft.griffin_lim(spec.abs(), spec.angle(), 1, 24, 6, 90)
    not_the_input(came, wave * 0)
    expect_alike(came, wave)


@task("griffin_lim", weight=3)
def test_fresh_rounds(submission, seed):
    """Fresh magnitudes and phases after 0, 1, 2 and 5 steps, at other sizes, in both dtypes

    Each round: to a wave, to a spectrum, keep its phase, put the magnitudes back. No round at all uses the
    phases that came in.
    """
    sizes, steps = [12, 4, 37], [0, 1, 2, 5]
    magnitude = seed.fork("magnitude").uniform(2, 7, 10)
    phase = 10 * seed.fork("phase").normal(2, 7, 10)
    came = submission.play(plays.griffin_lim, magnitude, phase, steps, sizes)
    for n, result in zip(steps, came["waves"], strict=True):
        near(result, rounds(magnitude, phase, n, sizes), f"the wave after {n} steps", within=LONG)
    unchanged(came["arguments"], [magnitude, phase])
    single = submission.stft.griffin_lim(magnitude.float(), phase.float(), 1, *sizes)
    near_single(single, rounds(magnitude, phase, 1, sizes))


@task("griffin_lim")
def test_fresh_silence(submission, seed):
    """Silent frames beside others stay without NaN, and the largest wave is finite

    Where a magnitude is 0 the phase is not defined: 0 / 0 must not arise, beside other frames too.
    """
    magnitude, phase = seed.fork("magnitude").uniform(1, 7, 10), seed.fork("phase").normal(1, 7, 10)
    magnitude[:, :, :6] = 0
    came = submission.stft.griffin_lim(magnitude, phase, 3, 12, 4, 37)
    near(came[:, :12], torch.zeros(1, 12).double(), "what only silent frames cover", within=EXACT)
