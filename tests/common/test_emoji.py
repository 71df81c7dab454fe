"""Measures of emoji against what they must let pass and what they must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from common.datasets import emoji
from common.labs.emoji import judge_emoji, kind_of, kinds_asked, with_kind

WANTED = {"recognised": 0.7, "kinds": 3, "spread": 0.25, "copies": 0.2, "asked": 0.75}
MADE = Path(__file__).parents[1] / "labs" / "a10_latent_diffusion.npz"
DATA = with_kind(emoji())
ROWS = torch.arange(64) * 3
KINDS = torch.tensor([kind_of(DATA.captions[row]) for row in ROWS])


def failing(x: Tensor, kinds: Tensor = KINDS) -> set[str]:
    return {measure.name for measure in judge_emoji(x.clamp(-1, 1), WANTED, kinds) if not measure.ok}


def noise(size: float) -> Tensor:
    return size * torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_kinds_are_read_from_captions() -> None:
    names = ["smiling face with heart-shaped eyes", "blue heart", "large red square", "tulip"]
    assert [kind_of(name) for name in names] == [0, 1, 3, None]


def test_copies_fail_also_under_noise() -> None:
    for size in (0.0, 0.05, 0.1):
        assert failing(DATA.x[ROWS] + noise(size)) == {"copies"}


def test_noise_and_plain_colours_fail() -> None:
    for size in (1.0, 0.3, 0.1, 0.0):
        assert {"recognised", "kinds", "asked"} <= failing(noise(size))
    colours = 2 * torch.rand(64, 3, 1, 1, generator=torch.Generator().manual_seed(1)) - 1
    assert {"recognised", "kinds", "asked"} <= failing(colours.expand(-1, -1, 32, 32))
    assert {"recognised", "kinds", "asked"} <= failing(colours * torch.linspace(-1, 1, 32).expand(32, 32))


def test_eight_pictures_in_turns_do_not_vary() -> None:
    with np.load(MADE) as file:
        samples, kinds = torch.from_numpy(file["samples"]).float(), torch.from_numpy(file["kinds"])
    assert failing(samples[::8].repeat_interleave(8, dim=0), kinds) == {"spread"}


def test_each_prompt_names_a_kind() -> None:
    assert kinds_asked().tolist() == [kind for kind in (1, 1, 2, 2, 3, 0, 0, 0) for _ in range(8)]
