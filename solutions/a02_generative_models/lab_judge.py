"""Judges what the lab hands in: 64 digits of each of three models, on the 17 grey levels.

The measures of digits, each the worst of the three models; and the share of pixels at the darkest level,
which blurred digits, class means under noise and noisy copies do not have.
"""

from typing import Any

from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from common.datasets import digits
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted

ARRAYS = {name: Wanted((64, 1, 8, 8), "f") for name in ("vae", "gan", "flow")}  # in [-1, 1]


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure each model's samples and return the worst of each measure; raises ValueError off the levels."""
    known = digits()
    found: dict[str, list[Measure]] = {}
    for name in ARRAYS:
        x = as_seen(arrays[name])
        if not ((x + 1) * 8 - ((x + 1) * 8).round()).abs().max() < 1e-3:
            raise ValueError(
                f"{name} must be on the grey levels -1, -7/8, ..., 1: round what is between them"
            )
        measures = judge_samples(x, bounds, known)
        for measure in (*measures, *_further(x, measures, bounds)):
            says = f"{name}: {measure.says}"
            named = Measure(measure.name, measure.value, measure.limit, measure.at_most, says)
            found.setdefault(measure.name, []).append(named)
    return tuple(_worst(measures) for measures in found.values())


def _further(
    x: Float[Tensor, "n 1 8 8"], measures: tuple[Measure, ...], bounds: dict[str, float]
) -> list[Measure]:
    """Return the spread once more, with a bound from above, and the share of the darkest level."""
    spread = next(one for one in measures if one.name == "spread")
    share = (x <= -0.99).float().mean().item()
    says = f"{share:.0%} of the pixels are at the darkest level; of digits about half are"
    return [
        Measure("spread_at_most", spread.value, bounds["spread_at_most"], True, spread.says),
        Measure("darkest", share, bounds["darkest"], False, says),
        Measure("darkest_at_most", share, bounds["darkest_at_most"], True, says),
    ]


def _worst(measures: list[Measure]) -> Measure:
    """Return the measure with the least room."""
    return max(measures, key=lambda one: one.value if one.at_most else -one.value)
