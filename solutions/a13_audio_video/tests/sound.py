"""Spectra and waves frame by frame, by products with a matrix of waves: slow and plain."""

import math

import torch
from torch import Tensor


def hann(n: int) -> Tensor:
    """Return one period of the window, 1/2 - cos/2, without its second zero."""
    return torch.tensor([0.5 - 0.5 * math.cos(2 * math.pi * i / n) for i in range(n)], dtype=torch.float64)


def waves_of(n: int) -> Tensor:
    """Return e^(-2 pi i k j / n) for bins k = 0..n/2 and samples j."""
    turns = torch.outer(torch.arange(n // 2 + 1), torch.arange(n)).double() / n
    return torch.polar(torch.ones_like(turns), -2 * math.pi * turns)


def spectra(wave: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return (b, bins, frames) of waves (b, n), frame by frame."""
    frames = []
    for k in range(1 + wave.shape[1] // hop):
        frame = torch.zeros(len(wave), n_fft, dtype=torch.float64)
        for j in range(n_fft):
            at = k * hop - n_fft // 2 + j
            if 0 <= at < wave.shape[1]:
                frame[:, j] = wave[:, at]
        frames.append((frame * hann(n_fft)).to(torch.complex128) @ waves_of(n_fft).T)
    return torch.stack(frames, dim=2)


def wave_of(spec: Tensor, n_fft: int, hop: int, length: int) -> Tensor:
    """Return the waves (b, length) whose spectra come nearest, all frequencies counted, sample by sample."""
    both = torch.cat([spec, spec[:, 1:-1].flip(1).conj()], dim=1)  # the negative frequencies behind
    turns = torch.outer(torch.arange(n_fft), torch.arange(n_fft)).double() / n_fft
    back = torch.polar(torch.ones_like(turns), 2 * math.pi * turns) / n_fft
    frames = torch.einsum("jk,bkf->bfj", back, both).real
    total, weight = torch.zeros(len(spec), length).double(), torch.zeros(length).double()
    for f in range(spec.shape[2]):
        for j, w in enumerate(hann(n_fft).tolist()):
            at = f * hop - n_fft // 2 + j
            if 0 <= at < length:
                total[:, at] += w * frames[:, f, j]
                weight[at] += w * w
    return total / weight
