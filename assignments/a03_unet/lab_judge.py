"""Judges the masks that the lab hands in, of the 16 tiles that are held out."""

from typing import Any

import torch
from numpy.typing import NDArray

from common.labs.masks import judge_masks
from common.labs.measure import Measure, Wanted

ARRAYS = {"masks": Wanted((16, 64, 64), "i")}  # 1 inside, 0 outside


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the masks against the expert's."""
    return judge_masks(torch.from_numpy(arrays["masks"]), bounds)
