"""What the judge of assignment 2's lab says to samples that no model made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.errors import UserError
from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.datasets import digits, split

ROOT = Path(__file__).parents[2]
NAME = "a02_generative_models"
ASSIGNMENT = load_assignment(ROOT / "solutions" / NAME)
LEVELS = 8  # times x + 1, rounded, is a grey level


def failing(samples: Tensor, tmp_path: Path, model: str) -> set[str]:
    """Return the names of the measures that fail when one model's samples are replaced."""
    with np.load(ROOT / "tests" / "labs" / f"{NAME}.npz") as file:
        arrays = dict(file) | {model: samples.float().numpy()}
    np.savez(tmp_path / "a.npz", **arrays)
    measures = judge(ASSIGNMENT, tmp_path / "a.npz")
    return {measure.name for measure in measures if not measure.ok}


def on_levels(x: Tensor) -> Tensor:
    return (x.clamp(-1, 1) * LEVELS).round() / LEVELS


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def class_means(training: Tensor, labels: Tensor) -> Tensor:
    """Ten means of a class, in turns."""
    means = torch.stack([training[labels == digit].mean(0) for digit in range(10)])
    return means[torch.arange(64) % 10]


MADE_UP: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str]] = {
    "dark": (lambda x, labels: torch.full((64, 1, 8, 8), -1.0), "recognised"),
    "grey": (lambda x, labels: torch.zeros(64, 1, 8, 8), "recognised"),
    "noise": (lambda x, labels: 2 * torch.rand(64, 1, 8, 8) - 1, "recognised"),
    "the mean image": (lambda x, labels: x.mean(0).expand(64, 1, 8, 8), "darkest"),
    "one digit 64 times": (lambda x, labels: x[:1].expand(64, 1, 8, 8), "spread"),
    "class means under noise": (
        lambda x, labels: class_means(x, labels) + 0.3 * noise(64, 1, 8, 8),
        "darkest",
    ),
    "training digits": (lambda x, labels: x[:64], "copies"),
    "training digits under noise": (lambda x, labels: x[:64] + 0.25 * noise(64, 1, 8, 8), "darkest"),
}


@pytest.mark.parametrize("name", MADE_UP)
@pytest.mark.parametrize("model", ["vae", "flow"])
def test_what_no_model_made_fails(name: str, model: str, tmp_path: Path) -> None:
    make, measure = MADE_UP[name]
    training, _ = split(digits())
    assert measure in failing(on_levels(make(training.x, training.labels)), tmp_path, model)


def test_held_out_digits_are_copies(tmp_path: Path) -> None:
    assert failing(split(digits())[1].x[:64], tmp_path, "gan") == {"copies"}


def test_samples_between_the_grey_levels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a\.npz: gan must be on the grey levels"):
        failing(split(digits())[1].x[:64] * 0.99, tmp_path, "gan")
