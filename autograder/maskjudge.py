"""Judges the masks that a lab hands in: do they find what is there, and did somebody predict them?

    iou     intersection over union of handed-in and true masks, averaged over the 16 held-out tiles. The best single
            grey level reaches 0.81, a U-Net after a minute 0.90.
    worst   the same of the tile that came out worst: 0.79 for the U-Net.
    copies  the share of tiles that agree with the truth in every pixel, which no model does.

Which values are wanted stands in the [lab] table of assignment.toml.
"""

from __future__ import annotations

from jaxtyping import Int
from torch import Tensor

from common.datasets import nuclei
from common.records import split

from .labjudge import Measure
from .spec import MasksLab


def judge_masks(masks: Int[Tensor, "16 64 64"], lab: MasksLab) -> tuple[Measure, ...]:
    """Measure masks of the held-out tiles, 1 inside and 0 outside, against the expert's."""
    said, true = (x.flatten(1) > 0 for x in (masks, split(nuclei())[1].masks))
    shared, either = (said & true).sum(dim=1), (said | true).sum(dim=1)
    scores = shared / either.clamp(min=1)  # no tile is without nuclei
    mean, worst = scores.mean().item(), scores.min().item()
    same = (said == true).all(dim=1).float().mean().item()
    n = len(masks)
    return (
        Measure("iou", mean, lab.iou, False, f"of all that is called nucleus here or there, {mean:.0%} is common"),
        Measure("worst", worst, lab.worst, False, f"in tile {int(scores.argmin())} that is {worst:.0%}"),
        Measure("copies", same, lab.copies, True,
                f"{round(same * n)} of {n} masks are the true ones, pixel by pixel"),
    )  # fmt: skip
