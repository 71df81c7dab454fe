"""What a pipeline on the affine model should do, worked out step by step in plain sums."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect

from .near import LONG, near

WORDS = exactly(9, 9, 1, -1, 2, 0.5, -2, 3).reshape(4, 2)  # vectors of PAD, START and two words
TOKENS, NULL = torch.tensor([[1, 2, 3], [1, 3, 0]]), torch.tensor([1, 0, 0])
MEANS = torch.stack([WORDS[[1, 2, 3]].mean(0), WORDS[[1, 3]].mean(0)])  # of the two prompts
EMPTY = WORDS[1].expand(2, 2)  # of the empty one
T, SIGNAL = (7, 5, 2, 0), exactly(0.04, 0.36, 0.64, 0.9216, 1)  # a ladder of four steps


def tables_of(seed: Seed) -> list[Tensor]:
    """Return slope, shift and words of a fresh affine model."""
    return [0.3 * seed.fork("slope").normal(8), 0.3 * seed.fork("shift").normal(8), WORDS]


def led(tables: list[Tensor], z: Tensor, i: int, w: float, signal: Tensor = SIGNAL) -> Tensor:
    """Return guided latents one rung further down."""
    slope, shift = tables[0][T[i]], tables[1][T[i]]
    eps = slope * z + shift * (w * MEANS + (1 - w) * EMPTY)[:, :, None, None]
    x0 = (z - (1 - signal[i]) ** 0.5 * eps) / signal[i] ** 0.5
    return signal[i + 1] ** 0.5 * x0 + (1 - signal[i + 1]) ** 0.5 * eps


def noisy(z0: Tensor, noise: Tensor, i: int) -> Tensor:
    """Return latents at the level of rung i."""
    return SIGNAL[i] ** 0.5 * z0 + (1 - SIGNAL[i]) ** 0.5 * noise


def doubled(z: Tensor) -> Tensor:
    """Return the images that the checks' decoder makes."""
    return torch.nn.functional.interpolate(z, scale_factor=2)


def expect_one_encoding(texts: list[Tensor]) -> None:
    """Expect that each prompt and each empty one was encoded once, in one call or in two."""
    came = sorted(row for batch in texts for row in batch.tolist())
    prompts = sorted(TOKENS.tolist())
    empty = [row for row in came if row == NULL.tolist()]
    rest = [row for row in came if row != NULL.tolist()]
    hint = "The texts do not change from step to step: encode them before the loop."
    expect(rest == prompts and 0 < len(empty) <= 2, f"{len(came)} texts were encoded; expected 4, once", hint)


def expect_asked(asked: list[dict[str, Any]], t: tuple[int, ...]) -> None:
    """Expect one call for each step, on each latent with its prompt and with the empty one."""
    expect(len(asked) == len(t), f"the model was called {len(asked)} times; expected {len(t)}")
    for call, step in zip(asked, t, strict=True):
        close(
            call["t"], torch.full((4,), step), what="the steps that the model was told", hint="ladder.t[i]."
        )
        hint = "Two latents, once with their prompts and once with the empty one: four in one call."
        near(call["words"], torch.cat([MEANS, EMPTY]), "the words of a call", hint, within=LONG)
