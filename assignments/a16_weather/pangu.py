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
    raise NotImplementedError("TODO shifted_windows: read task 3.1 in README.md")


def window_merge(
    windows: Float[Tensor, "b n_lon n_type L c"],
    shape: Three,
    window: Three,
) -> Float[Tensor, "b z h w c"]:
    """Put windows together to a field of this shape; undoes `window_partition`.

    Raises ValueError where windows do not fill the shape.
    """
    raise NotImplementedError("TODO shifted_windows: read task 3.1 in README.md")


def shift_mask(shape: Three, window: Three) -> Bool[Tensor, "n_type L L"]:
    """Say which tokens of a window may attend to which after the field was rolled by minus half a window.

    True: both come from one side of the cut in pressure and of the cut in latitude. Longitude is a circle,
    and nothing is cut there.
    """
    raise NotImplementedError("TODO shifted_windows: read task 3.1 in README.md")


def earth_position_index(window: Three) -> Int64[Tensor, "L L"]:
    """Return the row of the bias table for each pair (query i, key j) of a window (Bi et al. 2023, code).

    ((z_i + p z_j) q² + h_i + q h_j) (2 r - 1) + w_i - w_j + r - 1: only longitude is relative.
    """
    raise NotImplementedError("TODO earth_attention: read task 3.2 in README.md")


def earth_attention(
    q: Float[Tensor, "b n_lon n_type heads L d"],
    k: Float[Tensor, "b n_lon n_type heads L d"],
    v: Float[Tensor, "b n_lon n_type heads L d"],
    table: Float[Tensor, "rows n_type heads"],
    index: Int64[Tensor, "L L"],  # rows of the table, for each pair (query, key)
    mask: Bool[Tensor, "n_type L L"] | None = None,  # True: may attend
) -> Float[Tensor, "b n_lon n_type heads L d"]:
    """Return softmax(q k^T / sqrt(d) + bias) v; what is masked has the weight 0."""
    raise NotImplementedError("TODO earth_attention: read task 3.2 in README.md")
