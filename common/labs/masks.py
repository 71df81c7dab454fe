"""Measures of masks that a lab made: do they find what is there, and did a model make them?

    iou     intersection over union of handed-in and true masks, averaged over the 16 held-out tiles. The best
            single grey level reaches 0.82, a U-Net after a minute 0.90.
    worst   the same of the tile that came out worst: 0.64 for that grey level, 0.79 for the U-Net.
    copies  the share of tiles that agree with the truth in every pixel, which no model does.

All three are of nuclei, for that is what `datasets.nuclei` holds the truth of.
"""

from __future__ import annotations

from jaxtyping import Int
from torch import Tensor

from ..datasets import nuclei
from ..records import split
from .measure import Measure


def judge_masks(masks: Int[Tensor, "16 64 64"], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure masks of the held-out tiles, 1 inside and 0 outside, against the expert's."""
    said, true = (x.flatten(1) > 0 for x in (masks, split(nuclei())[1].masks))
    shared, either = (said & true).sum(dim=1), (said | true).sum(dim=1)
    scores = shared / either.clamp(min=1)  # no tile is without nuclei
    mean, worst = scores.mean().item(), scores.min().item()
    same = (said == true).all(dim=1).float().mean().item()
    common = f"in a tile, {mean:.0%} of the pixels called nucleus here or there are common, on average"
    least = f"in tile {int(scores.argmin())} they are {worst:.0%}"
    equal = f"{round(same * len(masks))} of {len(masks)} masks are the true ones, pixel by pixel"
    return (
        Measure("iou", mean, bounds["iou"], False, common),
        Measure("worst", worst, bounds["worst"], False, least),
        Measure("copies", same, bounds["copies"], True, equal),
    )
