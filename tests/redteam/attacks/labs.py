"""What a lab hands in, 110: known data in the place of what a model made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from autograder.redteam.attack import Act, Attack
from autograder.spec import load_assignment

from .handins import need

ROOT = Path(__file__).parents[3]


def bounds_of(name: str) -> dict[str, float]:
    """Return what an assignment's judge of the lab is told to want."""
    return load_assignment(ROOT / "solutions" / name).lab or {}


def masks(change: Callable[[Tensor], Tensor]) -> Callable[[Path, Any], str]:
    """Hand in the expert's masks, a little changed."""

    def act(place: Path, bench: Any) -> str:
        from common.datasets import nuclei, split
        from common.labs.masks import judge_masks

        known = split(nuclei())[1].masks.sign().long()
        found = judge_masks(change(known.flatten(1).clone()).reshape(known.shape), bounds_of("a03_unet"))
        return only_copies({one.name for one in found if not one.ok})

    return act


def digits_made_of(change: Callable[[Tensor], Tensor]) -> Callable[[Path, Any], str]:
    """Hand in known digits, a little changed."""

    def act(place: Path, bench: Any) -> str:
        from common.datasets import digits
        from common.labs.digits import judge_samples

        known = digits()
        rows = torch.randperm(len(known.x), generator=torch.Generator().manual_seed(0))[:64]
        made = change(known.x[rows]).clamp(-1, 1)
        found = judge_samples(made, bounds_of("a04_ddpm"), known)
        return only_copies({one.name for one in found if not one.ok})

    return act


def only_copies(failing: set[str]) -> str:
    need("copies" in failing, "known data are taken for a model's")
    need(failing == {"copies"}, f"dud: {failing} fail as well")
    return "the judge refuses near copies of known data"


def turned(pixels: int) -> Callable[[Tensor], Tensor]:
    """Return what turns so many pixels of each mask into their opposite."""

    def change(flat: Tensor) -> Tensor:
        flat[:, 2000 : 2000 + pixels] = 1 - flat[:, 2000 : 2000 + pixels]
        return flat

    return change


def noisy(x: Tensor) -> Tensor:
    return x + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))


ATTACKS = (
    Attack(
        110,
        "hand in known data as what a model made",
        "collector",
        (
            Act("the expert's masks", masks(turned(0))),
            Act("with one pixel changed in each", masks(turned(1))),
            Act("with twelve changed in each", masks(turned(12))),
            Act("known digits", digits_made_of(lambda x: x)),
            Act("under a little noise", digits_made_of(noisy)),
            Act("a little darker", digits_made_of(lambda x: 0.9 * x - 0.1)),
        ),
    ),
)
