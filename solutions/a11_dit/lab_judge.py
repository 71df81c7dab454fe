"""Judges what the lab hands in: 64 digits, 0 to 9 in turn, and the losses of two trainings.

Beside the measures of `common/labs/digits.py`:

    distance    the energy distance of all samples to all real digits: class means under noise have 0.22 and
                more.
    grain       how far samples lie from their nearest fellow, at most, in the units of `spread`: real digits
                have 0.90 to 1.08, training digits under noise that hides the copy 1.29.
    learnt      the mean of the last 100 losses, of the model that has the larger one.
"""

from typing import Any

import torch
from numpy.typing import NDArray

from common.datasets import digits
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted
from common.twosample import energy_distance

ARRAYS = {
    "samples": Wanted((64, 1, 8, 8), "f"),  # in [-1, 1]
    "labels": Wanted((64,), "i"),  # that were asked for
    "losses": Wanted((2, 600), "f"),  # of patches of 4 x 4 and of 2 x 2, update by update
}


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure samples and losses; ValueError when other digits were asked for."""
    asked = torch.arange(64) % 10
    if arrays["labels"].tolist() != asked.tolist():  # it is not for the file to choose
        raise ValueError("labels must be 0 to 9 in turn")
    x, known = as_seen(arrays["samples"]), digits()
    samples = judge_samples(x, bounds, known, asked)
    distance = energy_distance(x.flatten(1), known.x.flatten(1))
    spread = next(measure.value for measure in samples if measure.name == "spread")
    losses = torch.from_numpy(arrays["losses"].astype("float64"))
    last = losses[:, -100:].mean(dim=1).max().item()
    far = f"their energy distance to real digits is {distance:.2f}; sets of real ones have 0.07 to 0.14"
    grain = f"samples differ from their nearest fellow {spread:.2f} times as much as real digits do: no noise"
    return (
        *samples,
        Measure("distance", distance, bounds["distance"], True, far),
        Measure("grain", spread, bounds["grain"], True, grain),
        Measure("learnt", last, bounds["learnt"], True, f"the losses end at {last:.3f} at most"),
    )
