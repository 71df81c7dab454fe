"""Judges the samples that the lab hands in: 64 digits of any class, drawn by the exported network.

Beside what common/labs/digits.py measures, the energy distance of all samples to all real digits: five
disjoint sets of 64 held-out digits have 0.07 to 0.14, class means and copies under noise 0.19 and more. That
the samples come from eight bits and from a run that was stopped, no file can show: self-checks of the
notebook look at that.
"""

from typing import Any

from numpy.typing import NDArray

from common.datasets import digits
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted
from common.twosample import energy_distance

ARRAYS = {"samples": Wanted((64, 1, 8, 8), "f")}  # in [-1, 1]


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the samples against all digits: held-out ones are copies too."""
    x, known = as_seen(arrays["samples"]), digits()
    distance = energy_distance(x.flatten(1), known.x.flatten(1))
    says = f"their energy distance to real digits is {distance:.2f}; sets of real ones have 0.07 to 0.14"
    return (
        *judge_samples(x, bounds, known),
        Measure("distance", distance, bounds["distance"], True, says),
    )
