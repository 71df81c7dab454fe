"""Measures of masks against what they must let pass and what they must not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from common.datasets import nuclei, split
from common.labs.masks import judge_masks

WANTED = {"iou": 0.85, "worst": 0.68, "copies": 0.1}
HELD_OUT = split(nuclei())[1]


def failing(masks: Tensor) -> set[str]:
    return {measure.name for measure in judge_masks(masks.long(), WANTED) if not measure.ok}


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
