"""The judge of lab 1: what is no lab's work fails, by a measure that says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from autograder.errors import UserError
from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.datasets import digits, split

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions" / "a01_probability")
MADE = Path(__file__).parent / "a01_probability.npz"
TRAINING, HELD_OUT = split(digits())
CLASSES = torch.arange(64) % 10


def failing(folder: Path, **changed: NDArray[np.floating]) -> set[str]:
    """Judge what the lab made, with some arrays replaced; return the measures that fail."""
    with np.load(MADE) as file:
        arrays = dict(file)
    path = folder / "lab.npz"
    np.savez(path, **(arrays | changed))
    return {measure.name for measure in judge(ASSIGNMENT, path) if not measure.ok}


def noise(std: float) -> torch.Tensor:
    return std * torch.randn(64, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def class_means() -> torch.Tensor:
    return torch.stack([TRAINING.x[TRAINING.labels == k].mean(0) for k in CLASSES])


def pairs() -> tuple[torch.Tensor, torch.Tensor]:
    rows = [TRAINING.x[TRAINING.labels == k][[i, i + 9]] for i, k in enumerate(CLASSES)]
    first, second = torch.stack(rows).unbind(1)
    return first, second


@pytest.mark.parametrize(
    ("make", "measure"),
    [
        (lambda: torch.zeros(64, 1, 8, 8), "recognised"),
        (lambda: noise(1.0), "recognised"),
        (lambda: TRAINING.x.mean(0).expand(64, 1, 8, 8), "spread"),
        (class_means, "spread"),
        (lambda: class_means() + noise(0.2), "strokes"),
        (lambda: class_means() + noise(0.3), "strokes"),
        (lambda: TRAINING.x[:64], "copies"),
        (lambda: HELD_OUT.x[:64], "copies"),
        (lambda: 0.9 * TRAINING.x[:64] - 0.05, "copies"),
        (lambda: TRAINING.x[:64] + noise(0.25), "grain"),
        (lambda: 0.5 * sum(pairs()), "blends"),
        (lambda: 0.7 * pairs()[0] + 0.3 * pairs()[1], "blends"),
    ],
)
def test_samples_that_nobody_drew(tmp_path: Path, make: Callable[[], torch.Tensor], measure: str) -> None:
    assert measure in failing(tmp_path, samples=make().numpy())


def test_completions_that_nobody_inferred(tmp_path: Path) -> None:
    lower, truth = TRAINING.x[:, 0, 4:], HELD_OUT.x[:, 0, 4:].numpy()
    mean = lower.mean(0).expand(359, 4, 8).numpy()
    nearest = torch.cdist(HELD_OUT.x[:, 0, :4].flatten(1), TRAINING.x[:, 0, :4].flatten(1)).argmin(1)
    assert failing(tmp_path, lower_mean=mean) >= {"error"}
    assert failing(tmp_path, lower_mean=lower[nearest].numpy()) >= {"error"}
    assert failing(tmp_path, lower_mean=truth) >= {"known"}


def test_deviations_that_say_nothing(tmp_path: Path) -> None:
    wide = np.full((359, 4, 8), 10.0)
    assert failing(tmp_path, lower_std=wide) == {"doubt"}
    assert failing(tmp_path, lower_std=wide / 100) == {"covered"}
    with pytest.raises(UserError, match="lower_std must be positive"):
        failing(tmp_path, lower_std=0 * wide)
