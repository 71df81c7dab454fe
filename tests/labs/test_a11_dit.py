"""What the judge of lab 11 thinks of files that no lab made."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.errors import UserError
from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.datasets import digits, split

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a11_dit")
MADE = Path(__file__).parent / "a11_dit.npz"
TRAINING, HELD_OUT = split(digits())
DRAWS = torch.Generator().manual_seed(11)
ASKED = torch.arange(64) % 10
MEANS = torch.stack([TRAINING.x[TRAINING.labels == k].mean(0) for k in range(10)])[ASKED]
ROWS = torch.stack([(TRAINING.labels == k).nonzero()[[i, i + 40], 0] for i, k in enumerate(ASKED.tolist())])


def noise(size: float) -> Tensor:
    return size * torch.randn(64, 1, 8, 8, generator=DRAWS)


def failing(path: Path, **arrays: np.ndarray) -> list[str]:
    with np.load(MADE) as file:
        np.savez(path / "a.npz", **{**file, **arrays})
    return [measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok]


@pytest.mark.parametrize(
    "x",
    [
        torch.full((64, 1, 8, 8), -1.0),
        noise(1.0),
        TRAINING.x[ROWS[:, 0]],
        TRAINING.x[ROWS[:, 0]] + noise(0.1),
        TRAINING.x[ROWS[:, 0]] + noise(0.3),
        (TRAINING.x[ROWS[:, 0]] + TRAINING.x[ROWS[:, 1]]) / 2,
        MEANS,
        MEANS + noise(0.15),
        MEANS + noise(0.3),
        HELD_OUT.x[:64],
    ],
    ids=[
        "black",
        "noise",
        "training digits",
        "training digits under noise",
        "training digits under strong noise",
        "blends of two",
        "class means",
        "class means under noise",
        "class means under strong noise",
        "held-out digits in their own order",
    ],
)
def test_digits_that_no_sampler_made_fail(x: Tensor, tmp_path: Path) -> None:
    assert failing(tmp_path, samples=x.clamp(-1, 1).numpy())


def test_one_digit_in_turns_fails(tmp_path: Path) -> None:
    with np.load(MADE) as file:
        few = file["samples"][np.arange(64) % 10]
    assert "spread" in failing(tmp_path, samples=few)


def test_losses_of_one_model_that_learnt_nothing_fail(tmp_path: Path) -> None:
    with np.load(MADE) as file:
        losses = file["losses"].copy()
    losses[0] = losses[0, 0]
    assert failing(tmp_path, losses=losses) == ["learnt"]


def test_labels_are_not_for_the_file_to_choose(tmp_path: Path) -> None:
    with pytest.raises((UserError, ValueError)):
        failing(tmp_path, labels=np.zeros(64, dtype=np.int64))
