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
    # BEGIN SOLUTION
    window = torch.hann_window(n_fft, dtype=torch.float64, device=wave.device).to(wave.dtype)
    frames = F.pad(wave, (n_fft // 2, n_fft // 2)).unfold(1, n_fft, hop)  # b frames n_fft
    return torch.fft.rfft(frames * window).mT
    # END SOLUTION


def istft(
    spec: Complex[Tensor, "b bins frames"], n_fft: int, hop: int, length: int
) -> Float[Tensor, "b length"]:
    """Return the wave whose spectra are nearest to these (Griffin and Lim 1984).

    That is: each frame's inverse transform times the window, overlapped and added, over the overlapped and
    added squares of the window. `length` is at most hop * frames. Raises ValueError if hop > n_fft / 2.
    """
    # BEGIN SOLUTION
    if 2 * hop > n_fft:
        raise ValueError(f"frames of {n_fft} samples do not cover a hop of {hop}")
    window = torch.hann_window(n_fft, dtype=torch.float64, device=spec.device).to(spec.real.dtype)
    frames = torch.fft.irfft(spec.mT, n=n_fft) * window  # b frames n_fft
    # Overlap and add frames, and the window's squares behind them.
    squares = window.square().expand_as(frames[:1])  # 1 frames n_fft
    columns = torch.cat([frames, squares]).mT  # b+1 n_fft frames
    n = n_fft + hop * (frames.shape[1] - 1)
    added = F.fold(columns, (1, n), (1, n_fft), stride=hop).flatten(1)  # b+1 n
    kept = added[:, n_fft // 2 : n_fft // 2 + length]
    return kept[:-1] / kept[-1]
    # END SOLUTION


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
    # BEGIN SOLUTION
    spec = torch.polar(magnitude, phase)
    for _ in range(steps):
        wave = istft(spec, n_fft, hop, length)
        spec = torch.polar(magnitude, stft(wave, n_fft, hop).angle())
    return istft(spec, n_fft, hop, length)
    # END SOLUTION
