"""Do these samples follow that law? Tests that state how often they cry wolf.

Each test takes `false_alarm`, the largest probability with which it may reject samples that do follow the
law, and answers with the statistic, the p-value and the verdict. The rate holds for independent samples that
are tested once; looking after every epoch, or at ten features, multiplies it. Two warnings:

- `rejected` is evidence. `not rejected` is not: a test with few samples rejects next to nothing.
- An exact denoiser does not make a discrete sampler exact. Its samples follow the sampler's own law, so with
  enough of them a comparison with the data is rejected for a correct sampler too.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor


@dataclass(frozen=True)
class Outcome:
    """What a test found; `rejected` is `p_value <= false_alarm`."""

    statistic: float
    p_value: float
    false_alarm: float

    @property
    def rejected(self) -> bool:
        """Whether the samples contradict the law at the stated rate."""
        return self.p_value <= self.false_alarm


def ks_test(
    x: Float[Tensor, " n"],
    cdf: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    false_alarm: float = 1e-3,
) -> Outcome:
    """Compare samples of one number with a continuous law, given its distribution function.

    The statistic is the largest distance between `cdf` and the share of samples below a value (Kolmogorov-
    Smirnov); its p-value is exact. Example: `ks_test(x, scipy.stats.norm(0, 1).cdf)`.
    """
    result = stats.kstest(_numbers(x), cdf)
    return Outcome(float(result.statistic), float(result.pvalue), false_alarm)


def ks_two_sample_test(x: Float[Tensor, " n"], y: Float[Tensor, " m"], false_alarm: float = 1e-3) -> Outcome:
    """Compare two sets of samples of one number: do they come from one law?

    The statistic is the largest distance between the two shares of samples below a value (Kolmogorov-
    Smirnov). Its p-value is exact up to 10,000 samples, then asymptotic. Where values repeat (few grey
    levels), the test rejects less often than it may.
    """
    result = stats.ks_2samp(_numbers(x), _numbers(y))
    return Outcome(float(result.statistic), float(result.pvalue), false_alarm)


def energy_distance(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> float:
    """Return the energy distance of two sets of points, 2 E|X - Y| - E|X - X'| - E|Y - Y'|.

    Each mean runs over all pairs, a point and itself included, so the distance is never negative, and 0 only
    when the sets agree; of the laws behind them the same is true (Székely and Rizzo 2013).
    """
    distance, sign = _pooled(x, y)
    return float(-(sign @ distance @ sign))


def energy_test(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    generator: torch.Generator,
    false_alarm: float = 1e-2,
    permutations: int = 999,  # the smallest p-value is 1 / (permutations + 1)
) -> Outcome:
    """Compare two sets of points in any dimension: is their energy distance larger than after shuffling them?

    If both follow one law, then all ways to deal the pooled points into two sets are equally likely. So the
    p-value, (1 + number of shuffles at least as far apart) / (1 + permutations), is valid for every law and
    every number of points. The cost is (n + m)^2 distances and permutations * (n + m)^2 multiplications.
    """
    if (permutations + 1) * false_alarm < 1:
        raise ValueError(
            f"{permutations} permutations cannot reject at {false_alarm:g}; take {1 / false_alarm:.0f}"
        )
    distance, sign = _pooled(x, y)
    keys = torch.rand(
        permutations, len(sign), dtype=torch.float64, generator=generator, device=generator.device
    )
    signs = sign[keys.argsort(dim=1).to(sign.device)]  # permutations (n + m)
    shuffled = -((signs @ distance) * signs).sum(1)
    statistic = -(sign @ distance @ sign)
    at_least = int((shuffled >= statistic * (1 - 1e-9)).sum())  # equal but for rounding counts as equal
    return Outcome(float(statistic), (1 + at_least) / (1 + permutations), false_alarm)


def _pooled(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]
) -> tuple[Float[Tensor, "n_m n_m"], Float[Tensor, " n_m"]]:
    """Return all distances in the pooled set, and 1/n for each point of x, -1/m for each point of y."""
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(
            f"two sets of points need shapes (n, d) and (m, d), not {tuple(x.shape)}, {tuple(y.shape)}"
        )
    both = torch.cat([x, y]).double()
    _finite(both)
    sign = torch.cat([both.new_full((len(x),), 1 / len(x)), both.new_full((len(y),), -1 / len(y))])
    return torch.cdist(both, both, compute_mode="donot_use_mm_for_euclid_dist"), sign


def _numbers(x: Float[Tensor, " n"]) -> NDArray[np.float64]:
    if x.ndim != 1:
        raise ValueError(f"this test compares single numbers; give shape (n,), not {tuple(x.shape)}")
    _finite(x)
    numbers: NDArray[np.float64] = x.detach().cpu().double().numpy()
    return numbers


def _finite(x: Tensor) -> None:
    if not bool(x.isfinite().all()):
        raise ValueError("the samples contain NaN or infinity")
