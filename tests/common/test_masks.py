"""The judge of masks against what it must let pass and what it must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.errors import UserError
from autograder.labs.lab import judge
from autograder.labs.maskjudge import judge_masks
from autograder.spec import MasksLab, load_assignment
from common.datasets import nuclei, split

ROOT = Path(__file__).parents[1]
A03 = load_assignment(ROOT / "solutions" / "a03_unet")
HELD_OUT = split(nuclei())[1]


def failing(masks: Tensor) -> set[str]:
    assert isinstance(A03.lab, MasksLab)
    return {measure.name for measure in judge_masks(masks.long(), A03.lab) if not measure.ok}


def test_what_the_lab_makes_passes() -> None:
    measures = judge(A03, Path(__file__).parent / "labs" / "a03_unet.npz")
    assert [measure.name for measure in measures if not measure.ok] == []


def test_the_truth_is_a_copy() -> None:
    assert failing(HELD_OUT.masks) == {"copies"}


@pytest.mark.parametrize("level", [-0.5, -0.4, -0.3, -0.2])
def test_one_grey_level_is_not_enough(level: float) -> None:
    assert "iou" in failing(HELD_OUT.x[:, 0] > level)


def test_the_best_grey_level_fails_on_average_and_in_the_worst_tile() -> None:
    assert failing(HELD_OUT.x[:, 0] > -0.25) == {"iou", "worst"}


def test_everything_nothing_noise_and_other_tiles_fail() -> None:
    noise = torch.rand(16, 64, 64, generator=torch.Generator().manual_seed(0)) > 0.5
    for masks in (torch.ones(16, 64, 64), torch.zeros(16, 64, 64), noise, HELD_OUT.masks.roll(1, 0)):
        assert failing(masks) == {"iou", "worst"}


def test_masks_of_another_shape_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", masks=np.zeros((15, 64, 64), np.int8))
    with pytest.raises(UserError, match=r"wanted integers of shape \(16, 64, 64\)"):
        judge(A03, tmp_path / "a.npz")
