"""How good one forecast is: weights for a globe, error, correlation of anomalies, and hits of events."""

import math
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor


def latitude_weights(
    lat: Float[Tensor, " h"],  # degrees, strictly ascending or descending, not necessarily even
    kind: Literal["area", "cosine"] = "area",
) -> Float64[Tensor, " h"]:
    """Return the weight of each row of a grid on the globe; their mean is 1.

    "area": a row's cells reach half-way to its neighbours (GraphCast, WeatherBench 2); the outermost as far
    outside, but not over a pole. "cosine": the cosine of the latitude (Pangu-Weather, FuXi). Raises
    ValueError for another kind, and for latitudes beyond a pole.
    """
    raise NotImplementedError("TODO weighted_scores: read task 1.1 in README.md")


def weighted_rmse(
    forecast: Float[Tensor, "*b h w"],
    truth: Float[Tensor, "*b h w"],
    weights: Float[Tensor, " h"],  # of the rows; their mean is 1
) -> Float[Tensor, "*b"]:
    """Return the root of the weighted mean square error of each map, in the forecast's dtype."""
    raise NotImplementedError("TODO weighted_scores: read task 1.1 in README.md")


def acc(
    forecast: Float[Tensor, "*b h w"],
    truth: Float[Tensor, "*b h w"],
    climatology: Float[Tensor, "*c h w"],  # one for each map, or one for all
    weights: Float[Tensor, " h"],
) -> Float[Tensor, "*b"]:
    """Return the anomaly correlation coefficient of each map, not centred, in the forecast's dtype.

    An anomaly is what is left when the climatology is taken away. Without any it is 0/0: NaN.
    """
    raise NotImplementedError("TODO weighted_scores: read task 1.1 in README.md")


def csi(
    forecast: Float[Tensor, "*b h w"],
    truth: Float[Tensor, "*b h w"],
    thresholds: Float[Tensor, " k"],  # in the maps' dtype
) -> Float64[Tensor, " k"]:
    """Return the critical success index at each threshold: hits / (hits + false alarms + misses).

    An event is a value at the threshold or above. All maps are counted together. Without any event: NaN.
    """
    raise NotImplementedError("TODO weighted_scores: read task 1.1 in README.md")
