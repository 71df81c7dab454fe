"""The Fourier plane of the worked examples: 16 frequencies each way, rings 0 to 4 with the key 0, ±1.5."""

import math

import torch
from torch import Tensor

N = 16
KEY = torch.tensor([0, 1.5, -1.5, 1.5, -1.5], dtype=torch.float64)
NONE = -1
RING = torch.tensor(  # of the frequencies 0 to 4 down and to the right; -1: no ring
    [
        [0, 1, 2, 3, 4],
        [1, 1, 2, 3, NONE],
        [2, 2, 3, 4, NONE],
        [3, 3, 4, NONE, NONE],
        [4, NONE, NONE, NONE, NONE],
    ]
)


def plane() -> tuple[Tensor, Tensor]:
    """Return the pattern of KEY and its mask, copied from the table into all four quarters."""
    pattern, mask = torch.zeros(N, N, dtype=torch.float64), torch.zeros(N, N, dtype=torch.bool)
    for down in range(-4, 5):
        for right in range(-4, 5):
            ring = int(RING[abs(down), abs(right)])
            if ring != NONE:
                pattern[down, right], mask[down, right] = KEY[ring], True
    return pattern, mask


def waves(n: int) -> tuple[Tensor, Tensor]:
    """Return the matrices of cos and sin of 2 pi i j / n, over sqrt(n)."""
    turns = 2 * math.pi / n * torch.outer(torch.arange(n), torch.arange(n)).double()
    return turns.cos() / math.sqrt(n), turns.sin() / math.sqrt(n)


def spectrum(z: Tensor) -> tuple[Tensor, Tensor]:
    """Return real and imaginary part of the orthonormal Fourier transform, by products with waves."""
    c, s = waves(z.shape[-1])
    return c @ z @ c - s @ z @ s, -(c @ z @ s + s @ z @ c)


def picture(pattern: Tensor) -> Tensor:
    """Return the picture whose orthonormal Fourier transform is a real pattern, the same at k and -k."""
    return spectrum(pattern)[0]
