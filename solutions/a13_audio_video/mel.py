"""From bins to bands that ears tell apart: mel scales, banks of triangles, and levels in [-1, 1]."""

import math
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

Scale = Literal["slaney", "htk"]


# -------------------- 1.2 mel
def hz_to_mel(f: Float64[Tensor, "*n"], scale: Scale) -> Float64[Tensor, "*n"]:
    """Return frequencies in mel: "slaney" is linear below 1000 Hz, "htk" logarithmic throughout.

    Raises ValueError for another scale.
    """
    # BEGIN SOLUTION
    if scale == "htk":
        return 2595 * torch.log10(1 + f / 700)
    if scale != "slaney":
        raise ValueError(f"unknown scale {scale!r}")
    above = (f.clamp(min=1000) / 1000).log()  # 0 below 1000 Hz
    return 3 * f.clamp(max=1000) / 200 + 27 * above / math.log(6.4)
    # END SOLUTION


def mel_to_hz(m: Float64[Tensor, "*n"], scale: Scale) -> Float64[Tensor, "*n"]:
    """Undo `hz_to_mel`; raises ValueError for another scale."""
    # BEGIN SOLUTION
    if scale == "htk":
        return 700 * (10 ** (m / 2595) - 1)
    if scale != "slaney":
        raise ValueError(f"unknown scale {scale!r}")
    above = (m.clamp(min=15) - 15) / 27  # 0 below 15 mel
    return 200 * m.clamp(max=15) / 3 * (math.log(6.4) * above).exp()
    # END SOLUTION


def mel_bank(
    sample_rate: float,
    n_fft: int,
    n_mels: int,
    f_min: float = 0.0,
    f_max: float | None = None,  # None: half the sample rate
    scale: Scale = "slaney",
    area: bool = True,  #          each triangle has area 1 over frequencies in Hz; else height 1
) -> Float64[Tensor, "mels bins"]:
    """Return triangles over the bins: n_mels + 2 corners that are even in mel, three for each triangle.

    Defaults are librosa's. Raises ValueError unless f_min < f_max <= sample_rate / 2, and for another scale.
    """
    # BEGIN SOLUTION
    if f_max is None:
        f_max = sample_rate / 2
    if not f_min < f_max <= sample_rate / 2:
        raise ValueError(f"there is no band from {f_min} to {f_max} Hz at {sample_rate} samples a second")
    ends = hz_to_mel(torch.tensor([f_min, f_max], dtype=torch.float64), scale)
    share = torch.arange(n_mels + 2, dtype=torch.float64) / (n_mels + 1)
    corners = mel_to_hz(ends[0] + share * (ends[1] - ends[0]), scale)[:, None]  # mels+2 1
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    # The smaller of both slopes, where it is positive.
    f = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * sample_rate / n_fft  # bins
    rising, falling = (f - left) / (centre - left), (right - f) / (right - centre)  # mels bins
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return triangles * 2 / (right - left) if area else triangles
    # END SOLUTION


def log_mel(
    magnitude: Float[Tensor, "b bins frames"],
    bank: Float64[Tensor, "mels bins"],
    floor_db: float = -80.0,
    ceil_db: float = 20.0,
) -> Float[Tensor, "b mels frames"]:
    """Return decibels of the magnitudes in each band, floor_db to ceil_db mapped to -1 to 1, and clipped.

    The result has the dtype of `magnitude`; work in the wider of the two.
    """
    # BEGIN SOLUTION
    bands = bank @ magnitude.to(bank.dtype)
    decibels = 20 * bands.clamp(min=10 ** (floor_db / 20)).log10()
    level = (2 * decibels - floor_db - ceil_db) / (ceil_db - floor_db)
    return level.clamp(max=1).to(magnitude.dtype)
    # END SOLUTION
