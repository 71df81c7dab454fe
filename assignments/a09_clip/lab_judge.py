"""Judges what the lab hands in: the weights of two towers, run here on another artist's pictures, and digits.

    recall      the share of 1,526 names that find Twitter's picture among the ten nearest, after shifts and
                tints that the judge draws; who ties loses. The lab reaches 0.4, random weights 0.01, and
                weights that give all pictures the same embedding 0.

The others are of 64 digits, 0 to 9 in turn (`common/labs/digits.py`), and two more beside them:

    distance    the energy distance of all samples to all real digits: the lab's have 0.16, class means under
                noise 0.22 and more.
    grain       how far samples lie from their nearest fellow, at most, in the units of `spread`: real digits
                have 0.90 to 1.08, the lab's 0.94, training digits under noise that hides the copy 1.29.

Weights are data: they are put into the given towers, and no code of a hand-in runs.
"""

from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from common.datasets import digits, emoji, split
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted
from common.twosample import energy_distance

from .towers import RunningWords, Vocabulary, emoji_tower

WORDS = Vocabulary(split(emoji("google"))[0].captions)
WIDTH, EMBEDDING, FIRST = 128, 64, 10  # of both towers, of the common space, and how many may be looked at


def judged_towers() -> nn.ModuleDict:
    """Return the towers and projections whose weights are handed in, under the names that TwoTowers gives."""
    return nn.ModuleDict(
        {
            "image_tower": emoji_tower(),
            "text_tower": RunningWords(WORDS.size, WIDTH),
            "image_projection": nn.Linear(WIDTH, EMBEDDING, bias=False),
            "text_projection": nn.Linear(WIDTH, EMBEDDING, bias=False),
        }
    )


ARRAYS = {name: Wanted(tuple(value.shape), "f") for name, value in judged_towers().state_dict().items()}
ARRAYS |= {"samples": Wanted((64, 1, 8, 8), "f")}  # in [-1, 1]


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure towers and samples."""
    weights = {name: torch.from_numpy(arrays[name].astype("float32")) for name in ARRAYS if name != "samples"}
    asked = torch.arange(64) % 10
    x, known = as_seen(arrays["samples"]), digits()
    samples = judge_samples(x, bounds, known, asked)
    distance = energy_distance(x.flatten(1), known.x.flatten(1))
    spread = next(measure.value for measure in samples if measure.name == "spread")
    far = f"their energy distance to real digits is {distance:.2f}; sets of real ones have 0.07 to 0.14"
    grain = f"samples differ from their nearest fellow {spread:.2f} times as much as real digits do: no noise"
    return (
        judge_towers(weights, bounds),
        *samples,
        Measure("distance", distance, bounds["distance"], True, far),
        Measure("grain", spread, bounds["grain"], True, grain),
    )


def judge_towers(weights: dict[str, Tensor], bounds: dict[str, float]) -> Measure:
    """Measure how many of Google's names find Twitter's picture of the same thing."""
    towers = judged_towers()
    towers.load_state_dict(weights)
    others = split(emoji("twitter"))[0]
    with torch.no_grad():
        tokens = WORDS.tokens(others.captions)
        last = (tokens != 0).sum(dim=1) - 1  # words come first, and padding after them
        words = towers["text_tower"](tokens)[torch.arange(len(tokens)), last]
        pictures = towers["image_projection"](towers["image_tower"](as_others_see(others.x)))
        near = F.normalize(towers["text_projection"](words)) @ F.normalize(pictures).T  # cosines
    before = (near >= near.diagonal()[:, None]).sum(dim=1)  # with the picture itself; NaN is before nothing
    found = (before >= 1) & (before <= FIRST)
    share = found.double().mean().item()
    says = f"{int(found.sum())} of {len(found)} names find the other artist's picture among the first {FIRST}"
    return Measure("recall", share, bounds["recall"], False, says)


def as_others_see(x: Tensor) -> Tensor:
    """Shift each picture by up to two pixels and tint it: the weights must know more than these pixels."""
    draws = torch.Generator().manual_seed(1209)
    padded = F.pad(x, [2] * 4, value=1.0)
    rows, columns = torch.randint(5, (2, len(x)), generator=draws).tolist()
    moved = [one[:, i : i + 32, j : j + 32] for one, i, j in zip(padded, rows, columns, strict=True)]
    gain = 1 + 0.1 * torch.randn(len(x), 3, 1, 1, generator=draws)
    return (1 - (1 - torch.stack(moved)) * gain).clamp(-1, 1)
