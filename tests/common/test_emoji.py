"""The judge of emoji against what it must let pass and what it must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.errors import UserError
from autograder.labs.emojijudge import judge_emoji, kind_of, kinds_asked, with_kind
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


def test_other_kinds_than_asked_for_are_noticed(tmp_path: Path) -> None:
    with np.load(MADE) as file:
        samples, kinds = file["samples"], file["kinds"]
    np.savez(tmp_path / "a.npz", samples=np.flip(samples, axis=0), kinds=kinds)
    assert [measure.name for measure in judge(A10, tmp_path / "a.npz") if not measure.ok] == ["asked"]


def test_a_file_cannot_say_that_other_kinds_were_asked_for(tmp_path: Path) -> None:
    with np.load(MADE) as file:
        samples, kinds = file["samples"], file["kinds"]
    np.savez(tmp_path / "a.npz", samples=np.flip(samples, axis=0), kinds=np.flip(kinds))
    with pytest.raises(UserError, match=r"a\.npz: kinds must be those of the lab's prompts"):
        judge(A10, tmp_path / "a.npz")


def test_each_prompt_names_a_kind() -> None:
    assert kinds_asked().tolist() == [kind for kind in (1, 1, 2, 2, 3, 0, 0, 0) for _ in range(8)]
