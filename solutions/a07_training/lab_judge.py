"""Judges the samples that the lab hands in: 64 digits of any class, drawn by the exported network.

That they come from eight bits and from a run that was stopped, no file can show: self-checks of the notebook
look at that.
"""

from typing import Any

from numpy.typing import NDArray

from common.datasets import digits
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted

ARRAYS = {"samples": Wanted((64, 1, 8, 8), "f")}  # in [-1, 1]


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the samples against all digits: held-out ones are copies too."""
    return judge_samples(as_seen(arrays["samples"]), bounds, digits())
