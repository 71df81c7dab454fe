"""Judges what the lab hands in: 64 clips of four frames, in which curtains open over digits.

The last frames are judged as all digits are (`common/labs/digits.py`). Four measures besides:

    contrast  mean square of the pixels of last frames. Real digits have 0.71 to 0.73, blends of two real ones
              of any class 0.57, class means under noise 0.51 to 0.53.
    distance  the energy distance of the last frames to all real digits. Class means under noise have 0.21 and
              more, so do blends and training digits under noise that hides the copy.
    opens     the share of clips whose first three frames are the last one behind one of the four curtains,
              with a root mean square error of at most 0.25. Real clips have 1, shuffled frames 0.16, and a
              last frame that is repeated 0.
    sides     from how many sides they open, of the four.

All judgements are distances between pixels; nothing is trained here.
"""

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from common.datasets import digits, split
from common.labs.digits import judge_samples
from common.labs.measure import Measure, Wanted
from common.twosample import energy_distance

from .curtains import FRAMES, SIDES, opened

ARRAYS = {"clips": Wanted((64, 1, FRAMES, 8, 8), "f")}  # in [-1, 1]
NEAR = 0.25  # root mean square error of the frames before the last


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the clips."""
    x = torch.from_numpy(arrays["clips"]).float().clamp(-1, 1)
    real = digits()
    known, _ = split(real)
    last = x[:, :, -1]
    contrast = last.square().mean().item()
    strong = f"last frames have a contrast of {contrast:.2f}; real digits 0.71 to 0.73, blends of two 0.57"
    distance = energy_distance(last.flatten(1), real.x.flatten(1))
    far = (
        f"their energy distance to real digits is {distance:.2f}; class means under noise have 0.21 and more"
    )
    error, side = openings(x)
    opens = error <= NEAR
    found = len(set(side[opens].tolist()))
    says = f"in {int(opens.sum())} of {len(x)} clips a curtain opens over the last frame"
    return (
        *judge_samples(last, bounds, known),
        Measure("contrast", contrast, bounds["contrast"], False, strong),
        Measure("distance", distance, bounds["distance"], True, far),
        Measure("opens", opens.double().mean().item(), bounds["opens"], False, says),
        Measure("sides", found, bounds["sides"], False, f"curtains open from {found} of {len(SIDES)} sides"),
    )


def openings(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far the frames of each clip are from the nearest curtain over its last one, and its side."""
    ways = [opened(x[:, :, -1], torch.full((len(x),), side)) for side in range(len(SIDES))]
    errors = [(x - way)[:, :, :-1].square().mean(dim=(1, 2, 3, 4)).sqrt() for way in ways]  # each n
    error, side = torch.stack(errors, dim=1).min(dim=1)
    return error, side
