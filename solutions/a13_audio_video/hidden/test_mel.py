"""Hidden checks of mel banks: fresh frequencies in plain numbers, banks by interpolation, fresh levels."""

import math

import numpy as np
import torch
from torch import Tensor

from autograder.checks import any_of, raises, task
from autograder.nearness import LONG, near, near_single

from .fresh import expect_alike, not_the_input


# -------------------- 1.2 mel
def mel(f: float, scale: str) -> float:
    """Return one frequency in mel."""
    if scale == "htk":
        return 1127.0105 * math.log(1 + f / 700) * 2595 / (1127.0105 * math.log(10))
    return f * 0.015 if f < 1000 else 15 + 27 * math.log(f / 1000, 6.4)


def hz(m: float, scale: str) -> float:
    """Return one frequency in Hz, by halving."""
    low, high = 0.0, 1e5
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if mel(middle, scale) < m else (low, middle)
    return low


def bank(rate: float, n_fft: int, n: int, f_min: float, f_max: float, scale: str, area: bool) -> Tensor:
    """Return triangles by interpolation between corners."""
    corners = [hz(m, scale) for m in np.linspace(mel(f_min, scale), mel(f_max, scale), n + 2)]
    f = np.arange(n_fft // 2 + 1) * rate / n_fft
    rows = []
    for left, centre, right in zip(corners, corners[1:], corners[2:], strict=False):
        height = 2 / (right - left) if area else 1.0
        rows.append(np.interp(f, [left, centre, right], [0, height, 0], 0, 0))
    return torch.from_numpy(np.stack(rows))


@task("mel", gate=True)
def test_mel_is_an_answer_at_all(submission, seed):
    """Fresh mels go with frequencies, or banks and levels with what came in"""
    f = 7000 * seed.fork("f").uniform(30)
    expected = torch.tensor([mel(one, "htk") for one in f.tolist()])
    fresh, rows = 3 * seed.fork("m").uniform(2, 6, 5), seed.fork("bank").uniform(3, 6).square()

    def mels() -> None:
        came = submission.mel.hz_to_mel(f, "htk")
        not_the_input(came, f)
        expect_alike(came, expected)

    any_of(
        mels,
        lambda: expect_alike(
            submission.mel.mel_bank(9000, 90, 7, 100.0, 4000.0), bank(9000, 90, 7, 100, 4000, "slaney", True)
        ),
        lambda: expect_alike(submission.mel.log_mel(fresh, rows), (rows @ fresh).log()),
    )


@task("mel", weight=2)
def test_fresh_frequencies(submission, seed):
    """Fresh frequencies there and back, one by one, on both scales, also in a table

    Both scales there and back, below and above the knee of Slaney's, and for tensors of any shape.
    """
    f = (12_000 * seed.uniform(4, 3).square()).sort().values
    for scale in ("slaney", "htk"):
        expected = torch.from_numpy(np.array([[mel(one, scale) for one in row] for row in f.tolist()]))
        near(submission.mel.hz_to_mel(f, scale), expected, f"{scale} mel", within=LONG)
        near(submission.mel.mel_to_hz(expected, scale), f, f"frequencies from {scale} mel", within=LONG)


@task("mel", weight=3)
def test_fresh_banks(submission, seed):
    """Fresh rates, sizes and bands, by interpolation, with both switches both ways

    Triangles are linear in Hz between neighbouring band edges, which are even in mel; the norm divides by
    their width in Hz.
    """
    rate = 1000.0 * seed.fork("rate").integer(9, 30)
    low, high = 50.0 + 300 * seed.fork("low").uniform(1).item(), rate * 0.4
    for scale in ("slaney", "htk"):
        for area in (True, False):
            came = submission.mel.mel_bank(rate, 120, 9, low, high, scale, area)
            near(came, bank(rate, 120, 9, low, high, scale, area), f"the bank of {scale}", within=LONG)
    for f_min in (0.0, low):
        given = (f_min,) if f_min else ()
        expected = bank(rate, 90, 4, f_min, rate / 2, "slaney", True)
        near(submission.mel.mel_bank(rate, 90, 4, *given), expected, "the bank", within=LONG)
    for args in ((high, low), (0.0, rate / 2 + 1), (low, low), (low, high, "HTK")):
        with raises(ValueError):
            submission.mel.mel_bank(rate, 64, 4, *args)


@task("mel", weight=2)
def test_fresh_levels(submission, seed):
    """Fresh magnitudes and banks between fresh ends, in plain numbers, and in float32

    20 log10 of bank @ magnitude, from [floor_db, ceil_db] to [-1, 1], clipped: the ends are arguments, the
    same for every clip, however loud it is.
    """
    magnitude, rows = (4 * seed.fork("m").uniform(2, 6, 5)) ** 6 / 100, seed.fork("bank").uniform(3, 6)
    for ends in ((), (-90.0,), (-50.0, 10.0)):
        floor, ceil = ends[0] if ends else -80.0, ends[1] if len(ends) > 1 else 20.0
        bands = torch.einsum("mk,bkf->bmf", rows, magnitude)
        decibels = 20 * (bands.log() / math.log(10))
        share = ((decibels - floor) / (ceil - floor)).clamp(0, 1)
        came = submission.mel.log_mel(magnitude, rows, *ends)
        near(came, 2 * share - 1, f"the levels between {floor} and {ceil} dB", within=LONG)
        near_single(submission.mel.log_mel(magnitude.float(), rows, *ends), 2 * share - 1)
    silent = submission.mel.log_mel(0 * magnitude, rows, -70.0, 5.0)
    near(silent, -torch.ones(2, 3, 5).double(), "the levels of silence", within=LONG)
