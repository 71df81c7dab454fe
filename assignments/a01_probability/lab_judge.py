"""Judges what the lab hands in: completed lower halves of the held-out digits, and 64 samples.

Of the samples, beside what `common.labs.digits` measures:

    strokes   how alike neighbouring pixels are in what a sample has beside the mean image of its class, -1
              to 1. Five disjoint sets of 64 held-out digits have 0.28 to 0.32; class means with noise 0.
    grain     the part of an image, in grey levels a pixel, that lies outside of the 25 directions in which
              digits vary most. Those five sets have 0.14 to 0.16; training digits under noise of 0.25 0.20.
    blends    the share that lies nearer to a line between two known digits of one class than 99 % of the
              held-out digits do.

Of the completions: the mean squared error and the share of pixels within two deviations, both bounded on
both sides, for a file that was made from the held-out halves themselves has too little error.
"""

from typing import Any

import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from common.datasets import digits, split
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted

HALF = Wanted((359, 4, 8), "f")  # of each held-out digit, in their order
ARRAYS = {"lower_mean": HALF, "lower_std": HALF, "samples": Wanted((64, 1, 8, 8), "f")}
DIRECTIONS = 25  # in which digits vary most; they have 91 % of the variance


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure completions and samples; ValueError for a deviation that is not positive."""
    mean, std = (torch.from_numpy(arrays[name].astype("float64")) for name in ("lower_mean", "lower_std"))
    if not bool((std > 0).all()):
        raise ValueError("lower_std must be positive: a deviation of 0 says that a pixel is certain")
    samples = as_seen(arrays["samples"])
    return (
        *_completions(mean, std, bounds),
        *judge_samples(samples, bounds, digits()),
        *_texture(samples.double(), bounds),
    )


def _completions(mean: Tensor, std: Tensor, bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Compare the completions with the halves that were hidden."""
    _, held_out = split(digits())
    away = held_out.x[:, 0, 4:].double() - mean
    error, within = away.square().mean().item(), (away.abs() < 2 * std).double().mean().item()
    missed = f"the mean squared error of the completed pixels is {error:.3f}"
    covered = f"{within:.1%} of the hidden pixels lie within two deviations"
    return (
        Measure("error", error, bounds["error"], True, missed),
        Measure("known", error, bounds["known"], False, f"{missed}: the hidden halves must stay hidden"),
        Measure("covered", within, bounds["covered"], False, covered),
        Measure("doubt", within, bounds["doubt"], True, covered),
    )


def _texture(x: Float[Tensor, "n 1 8 8"], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Tell what was drawn from what was put together."""
    alike, grain, blended = strokes(x), grain_of(x), blends(x)
    like = f"neighbouring pixels go together by {alike:.2f} in what is not the mean of a class"
    rough = f"{grain:.3f} grey levels of a pixel are in no direction in which digits vary"
    mixed = f"{round(blended * len(x))} of {len(x)} samples lie nearly on a line between two known digits"
    return (
        Measure("strokes", alike, bounds["strokes"], False, like),
        Measure("grain", grain, bounds["grain"], True, rough),
        Measure("blends", blended, bounds["blends"], True, mixed),
    )


def strokes(x: Float[Tensor, "n 1 8 8"]) -> float:
    """Return the correlation of neighbouring pixels in what an image has beside the nearest class mean."""
    training, _ = split(digits())
    means = torch.stack([training.x[training.labels == k].double().mean(0) for k in range(10)])
    nearest = torch.cdist(x.flatten(1), means.flatten(1)).argmin(1)
    rest = x - means[nearest]  # n 1 8 8
    pairs = ((rest[..., 1:], rest[..., :-1]), (rest[..., 1:, :], rest[..., :-1, :]))
    together = sum((a * b).sum() for a, b in pairs)
    alone = sum(0.5 * (a**2 + b**2).sum() for a, b in pairs)
    return float(together / alone.clamp(min=1e-9))


def grain_of(x: Float[Tensor, "n 1 8 8"]) -> float:
    """Return the root mean square, over pixels, of what the main directions of digits do not explain."""
    training, _ = split(digits())
    known = training.x.flatten(1).double()
    centre = known.mean(0)
    _, _, axes = torch.linalg.svd(known - centre, full_matrices=False)
    away = x.flatten(1) - centre
    rest = away - away @ axes[:DIRECTIONS].T @ axes[:DIRECTIONS]
    return rest.square().mean().sqrt().item()


def blends(x: Float[Tensor, "n 1 8 8"]) -> float:
    """Return the share that is nearer to a line between two digits of a class than fresh digits are."""
    training, held_out = split(digits())
    near = _to_a_line(held_out.x[::4], training.x, training.labels).quantile(0.01)  # a quarter will do
    every = digits()
    return (_to_a_line(x, every.x, every.labels) < near).float().mean().item()


def _to_a_line(x: Tensor, known: Tensor, labels: Tensor) -> Float[Tensor, " n"]:
    """Return each image's distance to the nearest line between two known ones of the same class."""
    best = torch.full((len(x),), torch.inf)
    rows = x.flatten(1).float()
    for k in range(10):
        a = known[labels == k].flatten(1)  # m d
        inner, cross = a @ a.T, rows @ a.T  # m m, n m
        size = inner.diagonal()
        length = (size[:, None] + size - 2 * inner).clamp(min=1e-9)  # squared, from i to j
        along = cross[:, None, :] - cross[:, :, None] + (size[:, None] - inner)  # (x - a_i)(a_j - a_i)
        t = (along / length).clamp(0, 1)  # n m m
        start = (rows.square().sum(1)[:, None] + size - 2 * cross)[:, :, None]
        distance = start - 2 * t * along + t**2 * length
        best = torch.minimum(best, distance.flatten(1).amin(1).clamp(min=0).sqrt())
    return best
