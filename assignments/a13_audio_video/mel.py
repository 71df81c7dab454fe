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
    raise NotImplementedError("TODO mel: read task 1.2 in README.md")


def mel_to_hz(m: Float64[Tensor, "*n"], scale: Scale) -> Float64[Tensor, "*n"]:
    """Undo `hz_to_mel`; raises ValueError for another scale."""
    raise NotImplementedError("TODO mel: read task 1.2 in README.md")


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
    raise NotImplementedError("TODO mel: read task 1.2 in README.md")


def log_mel(
    magnitude: Float[Tensor, "b bins frames"],
    bank: Float64[Tensor, "mels bins"],
    floor_db: float = -80.0,
    ceil_db: float = 20.0,
) -> Float[Tensor, "b mels frames"]:
    """Return decibels of the magnitudes in each band, floor_db to ceil_db mapped to -1 to 1, and clipped.

    The result has the dtype of `magnitude`; work in the wider of the two.
    """
    raise NotImplementedError("TODO mel: read task 1.2 in README.md")
