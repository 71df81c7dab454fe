"""Pangu-Weather's attention: windows in space, a mask for shifted ones, a bias that knows the Earth."""

import math

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

Three = tuple[int, int, int]  # along pressure, latitude, longitude


def window_partition(
    x: Float[Tensor, "b z h w c"],
    window: Three,
) -> Float[Tensor, "b n_lon n_type L c"]:
    """Cut a field into windows: those along longitude share a type; types count pressure, then latitude.

    Tokens of a window come in the order pressure, latitude, longitude. Raises ValueError where windows do not
    fill the field.
    """
    # BEGIN SOLUTION
    B, Z, H, W, C = x.shape
    p, q, r = window
    if Z % p or H % q or W % r:
        raise ValueError(f"windows of {window} do not fill a field of {(Z, H, W)}")
    cut = x.reshape(B, Z // p, p, H // q, q, W // r, r, C)
    return cut.permute(0, 5, 1, 3, 2, 4, 6, 7).reshape(B, W // r, (Z // p) * (H // q), p * q * r, C)
    # END SOLUTION


def window_merge(
    windows: Float[Tensor, "b n_lon n_type L c"],
    shape: Three,
    window: Three,
) -> Float[Tensor, "b z h w c"]:
    """Put windows together to a field of this shape; undoes `window_partition`.

    Raises ValueError where windows do not fill the shape.
    """
    # BEGIN SOLUTION
    (Z, H, W), (p, q, r) = shape, window
    if Z % p or H % q or W % r:
        raise ValueError(f"windows of {window} do not fill {shape}")
    whole = windows.reshape(len(windows), W // r, Z // p, H // q, p, q, r, windows.shape[-1])
    return whole.permute(0, 2, 4, 3, 5, 1, 6, 7).reshape(len(windows), Z, H, W, windows.shape[-1])
    # END SOLUTION


def shift_mask(shape: Three, window: Three) -> Bool[Tensor, "n_type L L"]:
    """Say which tokens of a window may attend to which after the field was rolled by minus half a window.

    True: both come from one side of the cut in pressure and of the cut in latitude. Longitude is a circle,
    and nothing is cut there.
    """
    # BEGIN SOLUTION
    (Z, H, _), (p, q, _) = shape, window
    z, h, _ = (one.flatten() for one in torch.meshgrid(*map(torch.arange, window), indexing="ij"))  # L
    beyond_z, beyond_h = 2 * z >= p, 2 * h >= q
    # What came round lies in the last windows.
    last_z, last_h = torch.arange(Z)[p - 1 :: p] == Z - 1, torch.arange(H)[q - 1 :: q] == H - 1
    cut_z = last_z[:, None, None] & (beyond_z[:, None] != beyond_z)  # windows in pressure, L L
    cut_h = last_h[:, None, None] & (beyond_h[:, None] != beyond_h)  # windows in latitude, L L
    return ~(cut_z[:, None] | cut_h).flatten(0, 1)
    # END SOLUTION


def earth_position_index(window: Three) -> Int64[Tensor, "L L"]:
    """Return the row of the bias table for each pair (query i, key j) of a window (Bi et al. 2023, code).

    ((z_i + p z_j) q² + h_i + q h_j) (2 r - 1) + w_i - w_j + r - 1: only longitude is relative.
    """
    # BEGIN SOLUTION
    p, q, r = window
    z, h, w = (one.flatten() for one in torch.meshgrid(*map(torch.arange, window), indexing="ij"))  # L
    level, row = z[:, None] + p * z, h[:, None] + q * h  # L L
    return (level * q**2 + row) * (2 * r - 1) + w[:, None] - w + r - 1
    # END SOLUTION


def earth_attention(
    q: Float[Tensor, "b n_lon n_type heads L d"],
    k: Float[Tensor, "b n_lon n_type heads L d"],
    v: Float[Tensor, "b n_lon n_type heads L d"],
    table: Float[Tensor, "rows n_type heads"],
    index: Int64[Tensor, "L L"],  # rows of the table, for each pair (query, key)
    mask: Bool[Tensor, "n_type L L"] | None = None,  # True: may attend
) -> Float[Tensor, "b n_lon n_type heads L d"]:
    """Return softmax(q k^T / sqrt(d) + bias) v; what is masked has the weight 0."""
    # BEGIN SOLUTION
    bias = table[index].permute(2, 3, 0, 1)  # n_type heads L L
    scores = q @ k.mT / math.sqrt(q.shape[-1]) + bias
    if mask is not None:
        scores = scores.masked_fill(~mask[:, None], -torch.inf)
    return scores.softmax(dim=-1) @ v
    # END SOLUTION
