"""What came and what was expected, in a size to be looked at: where a picture says more than numbers."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..records import Picture

LEAST = 8  # values along each side that are looked at as one thing
PIXELS = 32  # of an image's side, at most
POINTS = 64  # of a curve or a path, at most
DIGITS = 4  # significant: more than a picture shows
Rows = tuple[tuple[float | None, ...], ...]


def picture_of(came: Tensor, due: Tensor, at: tuple[int, ...]) -> Picture | None:
    """Return the image, the path of points or the curve in which the value `at` is wrong, if it is in one."""
    if due.is_complex() or came.is_complex() or not at:
        return None
    wide, high = due.shape[-1], due.shape[-2] if due.ndim > 1 else 0
    if min(wide, high) >= LEAST:
        rows = [_image(one[at[:-2]]) for one in (came, due)]
        return Picture("image", _numbers(rows[0]), _numbers(rows[1]))
    if wide == 2 and high >= LEAST:
        rows = [one[at[:-2]][:POINTS] for one in (came, due)]
        return Picture("path", _numbers(rows[0]), _numbers(rows[1]))
    if wide >= LEAST:
        rows = [_every(one[at[:-1]].reshape(1, -1), POINTS) for one in (came, due)]
        return Picture("curve", _numbers(rows[0]), _numbers(rows[1]))
    return None


def _image(values: Tensor) -> Tensor:
    """Return an image of at most PIXELS by PIXELS, each the mean of what it stands for."""
    height, width = (min(n, PIXELS) for n in values.shape)
    return functional.adaptive_avg_pool2d(values.double()[None, None], (height, width))[0, 0]


def _every(values: Tensor, most: int) -> Tensor:
    """Return at most so many columns of a (1, n) tensor, evenly spread, the first and the last among them."""
    n = values.shape[1]
    return values[:, torch.linspace(0, n - 1, min(n, most)).round().long()]


def _numbers(values: Tensor) -> Rows:
    """Return rows of numbers with few digits, None for what is not finite."""
    return tuple(
        tuple(float(f"{x:.{DIGITS}g}") if abs(x) < float("inf") else None for x in row)
        for row in values.double().tolist()
    )
