"""Measures of 8 × 8 digits that a lab made: can they be recognised, do they vary, are they new?

All measures are distances between images, in the pixels that everybody sees, and their scale is what real
digits do that nobody trained on: the last fifth, nearly all of it by other people. So nothing here is
trained, and each number can be explained to the student whom it concerns.

    recognised  4 of the 5 nearest real digits are of one class, and the nearest is no further than 99 % of
                the held-out digits are from theirs. Five disjoint sets of 64 held-out digits reach 0.88 to
                0.98, noise 0.
    classes     how many of the 10 there are among the recognised.
    spread      how far samples lie from their nearest fellow, over what that is among 64 held-out digits.
                Those five sets reach 0.90 to 1.08; a repeated image gives 0, and so do ten images in turns.
    copies      the share that lies nearer to a real digit, shifted by up to a pixel, than 99 % of the
                held-out digits do. Those five sets give 0 to 0.02, copies 1, also when shifted by a pixel,
                made darker, or under noise of deviation 0.15. Under noise of 0.25 they escape, and look
                noisy.
    asked       the share that is recognised as the class that was asked for, of samples that were.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..datasets import digits
from ..records import LabelledImages, split
from .images import apart, distances
from .measure import Measure

SAMPLES = 64  # in a set
NEIGHBOURS = 5
AGREEING = 4  # of the neighbours


@dataclass(frozen=True)
class Scale:
    """How far apart real digits are: distances that held-out ones have."""

    far: float  #    99 % are nearer than this to a digit of the training set
    near: float  #   1 % are nearer than this, when training digits may be shifted
    apart: float  #  median distance to the nearest of 63 others


def judge_samples(
    x: Float[Tensor, "n 1 8 8"],
    bounds: dict[str, float],
    known: LabelledImages,
    asked: Int[Tensor, " n"] | None = None,
) -> tuple[Measure, ...]:
    """Measure samples in [-1, 1] against the digits that are known, which samples must not repeat.

    The measure `asked` is there only when classes were asked for.
    """
    scale = scale_of_digits()
    classes, sure = recognise(x, known, scale)
    spread = apart(x).median().item() / scale.apart
    copies = (_nearest_shifted(x, known.x) < scale.near).float().mean().item()
    found, n = len(set(classes[sure].tolist())), len(x)
    like_digits = (
        f"{int(sure.sum())} of {n} samples are like real digits: {AGREEING} of the {NEIGHBOURS} nearest "
        "are of one class, and the nearest is no further than fresh digits are"
    )
    fellows = f"samples differ from their nearest fellow {spread:.2f} times as much as real digits do"
    doubt = "copies, it seems" if copies > bounds["copies"] else "few enough"
    repeated = f"{round(copies * n)} of {n} samples lie nearer to a known digit than fresh ones do: {doubt}"
    measures = [
        Measure("recognised", sure.float().mean().item(), bounds["recognised"], False, like_digits),
        Measure("classes", found, bounds["classes"], False, f"{found} of 10 digits are among them"),
        Measure("spread", spread, bounds["spread"], False, fellows),
        Measure("copies", copies, bounds["copies"], True, repeated),
    ]
    if asked is not None:
        share = (sure & (classes == asked)).float().mean().item()
        says = f"{round(share * n)} of {n} samples are recognised as the digit that was asked for"
        measures.append(Measure("asked", share, bounds["asked"], False, says))
    return tuple(measures)


def recognise(
    x: Float[Tensor, "n 1 8 8"], known: LabelledImages, scale: Scale
) -> tuple[Int[Tensor, " n"], Bool[Tensor, " n"]]:
    """Return the class that most of the nearest known digits have, and whether it counts as recognised."""
    distance, index = distances(x, known.x).topk(NEIGHBOURS, dim=1, largest=False)
    votes = F.one_hot(known.labels[index], 10).sum(dim=1)  # n 10
    count, classes = votes.max(dim=1)
    return classes, (count >= AGREEING) & (distance[:, 0] <= scale.far)


@functools.cache
def scale_of_digits() -> Scale:
    """Measure the distances that digits have that are not in the training set."""
    training, held_out = split(digits())
    far = distances(held_out.x, training.x).amin(dim=1).quantile(0.99)
    near = _nearest_shifted(held_out.x, training.x).quantile(0.01)
    parts = [held_out.x[start::5][:SAMPLES] for start in range(5)]  # neighbours share a writer: take turns
    return Scale(far.item(), near.item(), sum(apart(x).median().item() for x in parts) / len(parts))


def _nearest_shifted(x: Tensor, known: Tensor) -> Float[Tensor, " n"]:
    """Return each image's distance to the nearest known one, which may be shifted by a pixel each way."""
    padded = F.pad(known, [1] * 4, value=-1.0)
    shifted = (padded[:, :, i : i + 8, j : j + 8] for i in range(3) for j in range(3))
    return torch.stack([distances(x, images).amin(dim=1) for images in shifted]).amin(dim=0)
