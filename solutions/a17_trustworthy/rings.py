"""A mark that sits in the noise: rings in its Fourier plane, the same at k and at -k."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from .samples import sample


def ring_pattern(
    size: int,
    key: Float[Tensor, " r"],  # the value of each ring; ring 0 is the zero frequency
    inner: int = 0,  #           the smallest ring that is marked
) -> tuple[Float[Tensor, "n n"], Bool[Tensor, "n n"]]:
    """Return the pattern, float64 and 0 outside of its mask, and the mask, in the order of torch.fft.fft2.

    A frequency at the distance rho from zero is on the ring round(rho). Marked are rings from `inner` on, up
    to rho = r - 1. Raises ValueError unless inner <= r - 1 < size / 2.
    """
    # BEGIN SOLUTION
    key = sample(key)
    outer = len(key) - 1
    if not inner <= outer < size / 2:
        raise ValueError(f"rings from {inner} to {outer} do not fit into {size} frequencies")
    k = (torch.fft.fftfreq(size, dtype=torch.float64, device=key.device) * size).round()
    rho = (k[:, None].square() + k.square()).sqrt()  # n n
    ring = rho.round().long()
    mask = (ring >= inner) & (rho <= outer)
    pattern = torch.zeros_like(rho)
    pattern[mask] = key[ring[mask]]
    return pattern, mask
    # END SOLUTION


def embed_rings(
    z: Float[Tensor, "*b n n"],
    pattern: Float[Tensor, "n n"],
    mask: Bool[Tensor, "n n"],
) -> Float[Tensor, "*b n n"]:
    """Return noise whose orthonormal Fourier transform is the pattern on the mask, and z's elsewhere."""
    # BEGIN SOLUTION
    plane = torch.fft.fft2(z, norm="ortho")
    marked = torch.where(mask, pattern.to(plane.dtype), plane)
    return torch.fft.ifft2(marked, norm="ortho").real
    # END SOLUTION
