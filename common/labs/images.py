"""Distances between images, of which the measures of digits and emoji are made."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor


def as_seen(samples: NDArray[Any]) -> Float[Tensor, "n c h w"]:
    """Return samples as everybody sees them: what lies beyond white or black is that."""
    return torch.from_numpy(samples.astype("float32")).clamp(-1, 1)


def distances(x: Float[Tensor, "n c h w"], y: Float[Tensor, "m c h w"]) -> Float[Tensor, "n m"]:
    """Return the distance of each image of x to each of y."""
    return torch.cdist(x.flatten(1), y.flatten(1), compute_mode="donot_use_mm_for_euclid_dist")


def apart(x: Float[Tensor, "n c h w"]) -> Float[Tensor, " n"]:
    """Return each image's distance to the nearest other one."""
    return distances(x, x).fill_diagonal_(torch.inf).amin(dim=1)
