"""The judge of emoji against what it must let pass and what it must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from autograder.labs.emojijudge import judge_emoji, kind_of, with_kind
from autograder.labs.lab import judge
from autograder.spec import EmojiLab, load_assignment
from common.datasets import emoji

ROOT = Path(__file__).parents[1]
MADE = Path(__file__).parent / "labs" / "a10_latent_diffusion.npz"
A10 = load_assignment(ROOT / "solutions" / "a10_latent_diffusion")
DATA = with_kind(emoji())
ROWS = torch.arange(64) * 3
KINDS = torch.tensor([kind_of(DATA.captions[row]) for row in ROWS])


def failing(x: Tensor, kinds: Tensor = KINDS) -> set[str]:
    assert isinstance(A10.lab, EmojiLab)
    return {measure.name for measure in judge_emoji(x.clamp(-1, 1), kinds, A10.lab) if not measure.ok}


def noise(size: float) -> Tensor:
    return size * torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_kinds_are_read_from_captions() -> None:
    names = ["smiling face with heart-shaped eyes", "blue heart", "large red square", "tulip"]
    assert [kind_of(name) for name in names] == [0, 1, 3, None]


def test_what_the_lab_makes_passes() -> None:
    assert [measure.name for measure in judge(A10, MADE) if not measure.ok] == []


def test_copies_fail_also_under_noise() -> None:
    for size in (0.0, 0.05, 0.1):
        assert failing(DATA.x[ROWS] + noise(size)) == {"copies"}


def test_noise_and_grey_fail() -> None:
    assert {"recognised", "kinds", "asked"} <= failing(noise(1.0))
    assert {"kinds", "spread"} <= failing(noise(0.0))


def test_eight_pictures_in_turns_do_not_vary() -> None:
    with np.load(MADE) as file:
        samples, kinds = torch.from_numpy(file["samples"]).float(), torch.from_numpy(file["kinds"])
    assert failing(samples[::8].repeat_interleave(8, dim=0), kinds) == {"spread"}


def test_other_kinds_than_asked_for_are_noticed() -> None:
    with np.load(MADE) as file:
        samples, kinds = torch.from_numpy(file["samples"]).float(), torch.from_numpy(file["kinds"])
    assert failing(samples, (kinds + 1) % 4) == {"asked"}
