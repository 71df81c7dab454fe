"""Judges what the lab hands in: the weights of the larger model, with which it draws and looks back itself.

64 digits are drawn here from the judge's own noise and looked at as all digits are (`common/labs/digits.py`).
Then the noise is marked with a key of the judge's own, drawn, clipped to what a picture can hold, and climbed
back to. Three measures besides:

    found     the share of marked digits in which the matched filter finds the mark at p < .01.
    accused   the share of digits without mark, drawn ones and people's, in which it finds one: chance is .01.
    returned  root mean square error of noise that was drawn from and climbed back to; noise has 1. A network
              that draws nothing returns it, too: it fails at the digits.

Weights are data: they are put into the given network, and no code of a hand-in runs.
"""

import math
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from common.datasets import digits, split
from common.labs.digits import judge_samples
from common.labs.measure import Measure, Wanted
from common.networks import SmallNet

from .inversion import recover_noise
from .models import SIZE, T, alpha_bars, draw, noise_model

ARRAYS = {
    name: Wanted(tuple(value.shape), "f") for name, value in SmallNet((1, SIZE, SIZE), T).state_dict().items()
}
SAMPLES, LEVEL = 64, 0.01
RINGS = (1.0, 3.0)  # from and to which distance from zero the judge marks


def judge(arrays: dict[str, NDArray[Any]], bounds: dict[str, float]) -> tuple[Measure, ...]:
    """Measure the digits that the weights draw, and the marks in them."""
    network = SmallNet((1, SIZE, SIZE), T).eval()
    network.load_state_dict({name: torch.from_numpy(arrays[name]).float() for name in ARRAYS})
    known, fresh = split(digits())
    z = torch.randn(SAMPLES, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1717))
    wave, sign = _mark()
    mark = (sign - z.flatten(1) @ wave.T) @ wave  # 64 pixels: what has to be added
    clean, marked = draw(network, z), draw(network, z + mark.view_as(z))
    seen = (clean.clamp(-1, 1), marked.clamp(-1, 1), fresh.x[:128])
    back = [recover_noise(x, noise_model(network), alpha_bars()) for x in seen]
    p = [_p_value(noise, wave, sign) for noise in back]
    found, accused = ((one < LEVEL).double().mean().item() for one in (p[1], torch.cat([p[0], p[2]])))
    error = (back[0] - z).square().mean().sqrt().item()
    return (
        *judge_samples(clean.nan_to_num(0.0).clamp(-1, 1), bounds, known),
        Measure("found", found, bounds["found"], False, f"the mark is found in {found:.2f} of the digits"),
        Measure(
            "accused", accused, bounds["accused"], True, f"a mark is found in {accused:.3f} of those without"
        ),
        Measure(
            "returned", error, bounds["returned"], True, f"noise comes back with an error of {error:.2f}"
        ),
    )


def _mark() -> tuple[Tensor, Tensor]:
    """Return orthonormal waves of middling length, one a row, and what marked noise has of each: 1 or -1."""
    place = 2 * math.pi * torch.arange(SIZE) / SIZE
    waves = []
    for down in range(-SIZE // 2 + 1, SIZE // 2):
        for right in range(SIZE // 2):
            if RINGS[0] <= math.hypot(down, right) <= RINGS[1] and (right > 0 or down > 0):
                angle = (down * place[:, None] + right * place).flatten()
                waves += [angle.cos(), angle.sin()]
    wave = torch.stack(waves) / math.sqrt(SIZE * SIZE / 2)
    sign = torch.randint(2, (len(wave),), generator=torch.Generator().manual_seed(17)) * 2.0 - 1
    return wave, sign


def _p_value(noise: Tensor, wave: Tensor, sign: Tensor) -> Tensor:
    """Return how probable it is that noise without the mark has so much of it."""
    agreement = noise.flatten(1).double() @ (sign @ wave).double() / math.sqrt(len(sign))
    return torch.special.ndtr(-agreement)
