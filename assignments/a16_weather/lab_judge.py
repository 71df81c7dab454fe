"""Judges what the lab hands in: the weights of a given network, from which futures are drawn here.

Six members for each of the 15 held-out times, by steps of first order with fresh noise: another sampler
than the lab's, and other noise. Measures, over all six fields:

    crps    of the members, as a share of what "now and a change of the past" has.
    error   of the members' mean, as a share of what standing still has.
    spread  over error, at least: a network without a future in it has none.
    bounded spread over error, at most: noise has more.

The weights are data: no code of a hand-in runs.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from common.datasets import storm
from common.labs.measure import Measure, Wanted

from .levels import precondition, sampling_levels
from .network import ChangeNet

COUNT = len(parameters_to_vector(ChangeNet().parameters()))
ARRAYS = {"weights": Wanted((COUNT,), "f")}
MEMBERS, LEVELS = 6, 10
BEYOND = 1e3  # weights that are larger are no weights


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the futures that a network draws."""
    network = ChangeNet()
    values = torch.from_numpy(arrays["weights"].astype(np.float32)).nan_to_num().clamp(-BEYOND, BEYOND)
    vector_to_parameters(values, network.parameters())
    data = storm()
    known = data.x[~data.held_out]
    x = (data.x - known.mean(dim=(0, 2, 3))[:, None, None]) / known.std(dim=(0, 2, 3))[:, None, None]
    cells = torch.tensor(data.lat).deg2rad().cos()
    cells = (cells / cells.mean())[:, None]
    draws = torch.Generator().manual_seed(16)
    times = torch.arange(48, 63)
    now, after = x[times], x[times + 1]
    members = _futures(network, x[times - 1], now, x[:49].diff(dim=0).std(dim=(0, 2, 3)), draws)
    past = torch.randint(1, 48, (MEMBERS, len(times)), generator=draws)
    shares = _score(members, after, cells) / _score(now + x[past + 1] - x[past], after, cells)
    missed = (cells * (members.mean(dim=0) - after).square()).mean().sqrt()
    wide = (cells * members.var(dim=0)).mean().sqrt() * math.sqrt(1 + 1 / MEMBERS)
    error = float(missed / (cells * (now - after).square()).mean().sqrt())
    ratio = float(wide / missed)
    return (
        Measure("crps", shares, bounds["crps"], True, f"the score is {shares:.3f} of the rival's"),
        Measure("error", error, bounds["error"], True, f"the mean's error is {error:.3f} of standing still"),
        Measure("spread", ratio, bounds["spread"], False, f"spread over error is {ratio:.2f}"),
        Measure("bounded", ratio, bounds["bounded"], True, f"spread over error is {ratio:.2f}"),
    )


@torch.no_grad()
def _futures(
    network: ChangeNet, before: Tensor, now: Tensor, scale: Tensor, draws: torch.Generator
) -> Tensor:
    """Return members (6, 15, 6, 33, 22), drawn with as much fresh noise as each step takes away."""
    told = before.repeat(MEMBERS, 1, 1, 1), now.repeat(MEMBERS, 1, 1, 1)
    denoise, levels = precondition(network), sampling_levels(LEVELS).tolist()
    y = levels[0] * torch.randn(told[1].shape, generator=draws)
    for high, low in pairwise(levels):
        guess = denoise(y, torch.full((len(y),), high), *told)
        kept = (low / high) ** 2
        fresh = torch.randn(y.shape, generator=draws)
        y = (1 - kept) * guess + kept * y + low * math.sqrt(1 - kept) * fresh
    return (told[1] + scale[:, None, None] * y).unflatten(0, (MEMBERS, len(now)))


def _score(members: Tensor, truth: Tensor, cells: Tensor) -> float:
    """Return the continuous ranked probability score over all maps, member after member."""
    apart = torch.zeros_like(truth)
    for one in members:
        apart += (members - one).abs().sum(dim=0)
    away = (members - truth).abs().mean(dim=0) - apart / (2 * MEMBERS * (MEMBERS - 1))
    return float((cells * away).mean())
