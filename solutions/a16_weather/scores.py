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
    # BEGIN SOLUTION
    if kind not in ("area", "cosine"):
        raise ValueError(f"kind is {kind!r}; it is 'area' or 'cosine'")
    if (lat.abs() > 90).any():
        raise ValueError("there are latitudes beyond a pole")
    phi = torch.deg2rad(lat.double())
    if kind == "cosine" or len(lat) == 1:
        area = phi.cos()
    else:
        half = phi.diff() / 2  # h-1
        edges = torch.cat([phi[:1] - half[:1], phi[:-1] + half, phi[-1:] + half[-1:]])  # h+1
        area = edges.clamp(-math.pi / 2, math.pi / 2).sin().diff().abs()
    return area / area.mean()
    # END SOLUTION


def weighted_rmse(
    forecast: Float[Tensor, "*b h w"],
    truth: Float[Tensor, "*b h w"],
    weights: Float[Tensor, " h"],  # of the rows; their mean is 1
) -> Float[Tensor, "*b"]:
    """Return the root of the weighted mean square error of each map, in the forecast's dtype."""
    # BEGIN SOLUTION
    squares = (forecast.double() - truth).square()  # *b h w
    return (weights[:, None] * squares).mean(dim=(-2, -1)).sqrt().to(forecast.dtype)
    # END SOLUTION


def acc(
    forecast: Float[Tensor, "*b h w"],
    truth: Float[Tensor, "*b h w"],
    climatology: Float[Tensor, "*c h w"],  # one for each map, or one for all
    weights: Float[Tensor, " h"],
) -> Float[Tensor, "*b"]:
    """Return the anomaly correlation coefficient of each map, not centred, in the forecast's dtype.

    An anomaly is what is left when the climatology is taken away. Without any it is 0/0: NaN.
    """
    # BEGIN SOLUTION
    f, t = forecast.double() - climatology, truth.double() - climatology  # *b h w
    w = weights[:, None]
    both, ours, real = ((w * product).sum(dim=(-2, -1)) for product in (f * t, f * f, t * t))
    return (both / (ours * real).sqrt()).to(forecast.dtype)
    # END SOLUTION


def csi(
    forecast: Float[Tensor, "*b h w"],
    truth: Float[Tensor, "*b h w"],
    thresholds: Float[Tensor, " k"],  # in the maps' dtype
) -> Float64[Tensor, " k"]:
    """Return the critical success index at each threshold: hits / (hits + false alarms + misses).

    An event is a value at the threshold or above. All maps are counted together. Without any event: NaN.
    """
    # BEGIN SOLUTION
    limits = thresholds.view(-1, *(1,) * forecast.ndim)  # k 1..
    said, happened = forecast >= limits, truth >= limits  # k *b h w
    hits, events = (one.flatten(1).sum(dim=1).double() for one in (said & happened, said | happened))
    return hits / events
    # END SOLUTION
