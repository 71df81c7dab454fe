"""Sound as a picture and back: the short-time Fourier transform, and a phase where there is none.

Waves are (b, n) in [-1, 1], spectrograms (b, bins, frames) with bins = n_fft / 2 + 1.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Complex, Float
from torch import Tensor


# -------------------- 1.1 stft
def stft(wave: Float[Tensor, "b n"], n_fft: int, hop: int) -> Complex[Tensor, "b bins frames"]:
    """Return the spectrum of each frame: n_fft samples around k * hop, times the periodic Hann window.

    Outside of the wave there are zeros, and there are 1 + n // hop frames. complex64 for float32 waves,
    complex128 for float64. `n_fft` is even.
    """
    raise NotImplementedError("TODO stft: read task 1.1 in README.md")


def istft(
    spec: Complex[Tensor, "b bins frames"], n_fft: int, hop: int, length: int
) -> Float[Tensor, "b length"]:
    """Return the wave whose spectra are nearest to these (Griffin and Lim 1984).

    That is: each frame's inverse transform times the window, overlapped and added, over the overlapped and
    added squares of the window. `length` is at most hop * frames. Raises ValueError if hop > n_fft / 2.
    """
    raise NotImplementedError("TODO stft: read task 1.1 in README.md")


# -------------------- 1.3 griffin_lim
def griffin_lim(
    magnitude: Float[Tensor, "b bins frames"],
    phase: Float[Tensor, "b bins frames"],  # to begin with, in radians
    steps: int,
    n_fft: int,
    hop: int,
    length: int,
) -> Float[Tensor, "b length"]:
    """Look for a wave with these magnitudes (Griffin and Lim 1984): wave, its phases, the magnitudes, again.

    0 steps return the wave of the phases that came in. There are 1 + length // hop frames.
    """
    raise NotImplementedError("TODO griffin_lim: read task 1.3 in README.md")
