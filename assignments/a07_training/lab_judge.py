"""Judges what the lab hands in: a network in eight bits, and 64 digits that it drew.

The network is put together from its whole numbers and scales, and asked for v on the digits that nobody
trained on: without training the loss is about 1, the reference has 0.38. The samples are measured as in
common/labs/digits.py, here with less to be recognised, for the run is short. That the run was stopped and
went on, no file can show: a self-check of the notebook looks at that.
"""

import math
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from common.datasets import digits, split
from common.labs.digits import judge_samples
from common.labs.images import as_seen
from common.labs.measure import Measure, Wanted
from common.networks import SmallNet

T = 500  # steps of the diffusion, on the cosine schedule
DRAWS = 4  # of noise for each held-out digit

ARRAYS = {
    "samples": Wanted((64, 1, 8, 8), "f"),  # in [-1, 1]
    "q": Wanted((450_560,), "i"),  #          whole numbers of all linear layers, in the network's order
    "scale": Wanted((2_624,), "f"),  #        one for each row of them
    "rest": Wanted(
        (4_160,), "f"
    ),  #         biases of the linear layers, then weights and biases of the norms
}


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the samples against all digits, and the network on held-out ones."""
    loss = held_out_loss(network(arrays))
    says = f"the network's loss of v on held-out digits is {loss:.3f}; the reference has 0.38"
    samples = judge_samples(as_seen(arrays["samples"]), bounds, digits())
    return (*samples, Measure("loss", loss, bounds["loss"], True, says))


def network(arrays: dict[str, NDArray[Any]]) -> SmallNet:
    """Put the network together; whole numbers outside of -127..127 are cut there."""
    q, scale, rest = (torch.from_numpy(arrays[name]).float() for name in ("q", "scale", "rest"))
    model = SmallNet((1, 8, 8), T).eval().requires_grad_(False)
    layers = [part for part in model.modules() if isinstance(part, nn.Linear)]
    norms = [part for part in model.modules() if isinstance(part, nn.LayerNorm)]
    weights = [layer.weight for layer in layers]
    rows = scale.split([len(weight) for weight in weights])
    for weight, whole, s in zip(weights, q.split([w.numel() for w in weights]), rows, strict=True):
        weight.copy_(whole.clamp(-127, 127).view_as(weight) * s[:, None])
    others = [*(layer.bias for layer in layers), *(one for norm in norms for one in norm.parameters())]
    for one, value in zip(others, rest.split([one.numel() for one in others]), strict=True):
        one.copy_(value.view_as(one))
    return model


def held_out_loss(model: SmallNet) -> float:
    """Return the mean squared error of v on held-out digits, with the same noise each time."""
    x0, draw = split(digits())[1].x, torch.Generator().manual_seed(7)
    angle = (torch.arange(1, T + 1, dtype=torch.float64) / T + 0.008) / 1.008 * math.pi / 2
    alpha_bar = torch.cos(angle).square().clamp(min=1e-5)
    losses: list[Tensor] = []
    for _ in range(DRAWS):
        t, eps = torch.randint(T, (len(x0),), generator=draw), torch.randn(x0.shape, generator=draw)
        a = alpha_bar[t].float()[:, None, None, None]
        signal, size = a.sqrt(), (1 - a).sqrt()
        v = signal * eps - size * x0
        losses.append((model(signal * x0 + size * eps, t) - v).square().mean())
    return float(torch.stack(losses).mean())
