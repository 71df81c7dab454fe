"""What the judge of lab 7 thinks of files that no trained network drew."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.datasets import digits, split

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a07_training")
TRAINING, HELD_OUT = split(digits())
DRAWS = torch.Generator().manual_seed(7)
MEANS = torch.stack([TRAINING.x[TRAINING.labels == k].mean(0) for k in range(10)])
PAIRS = torch.randperm(len(TRAINING.x), generator=DRAWS)[:128]


UNTRAINED = {
    "q": np.zeros(450_560, np.int8),
    "scale": np.ones(2_624, np.float32),
    "rest": np.zeros(4_160, np.float32),
}
NUMBERS = np.random.default_rng(0)


def noise(size: float) -> Tensor:
    return size * torch.randn(64, 1, 8, 8, generator=DRAWS)


@pytest.mark.parametrize(
    "x",
    [
        torch.full((64, 1, 8, 8), -1.0),
        noise(1.0),
        TRAINING.x[:64],
        HELD_OUT.x[:64],
        TRAINING.x[:64] + noise(0.1),
        (TRAINING.x[PAIRS[:64]] + TRAINING.x[PAIRS[64:]]) / 2,
        MEANS.repeat(7, 1, 1, 1)[:64],
        MEANS.repeat(7, 1, 1, 1)[:64] + noise(0.15),
        MEANS.repeat(7, 1, 1, 1)[:64] + noise(0.3),
        TRAINING.x[:64] + noise(0.3),
    ],
    ids=[
        "black",
        "noise",
        "training digits",
        "held-out digits",
        "training digits under noise",
        "blends of two",
        "class means",
        "class means under noise",
        "class means under strong noise",
        "training digits under strong noise",
    ],
)
def test_what_no_network_drew_fails(x: Tensor, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", samples=x.clamp(-1, 1).numpy(), **UNTRAINED)
    assert [measure.name for measure in judge(ASSIGNMENT, tmp_path / "a.npz") if not measure.ok]


@pytest.mark.parametrize(
    "q", [np.zeros(450_560), NUMBERS.integers(-127, 128, 450_560)], ids=["zeros", "noise"]
)
@pytest.mark.parametrize("scale", [0.0, 1e-4, 1e-2])
def test_untrained_networks_fail(q: Any, scale: float, tmp_path: Path) -> None:
    arrays = {**UNTRAINED, "q": q.astype(np.int8), "scale": np.full(2_624, scale, np.float32)}
    np.savez(tmp_path / "a.npz", samples=HELD_OUT.x[:64].numpy(), **arrays)
    measures = {measure.name: measure for measure in judge(ASSIGNMENT, tmp_path / "a.npz")}
    assert measures["loss"].value > 0.8
    assert not measures["loss"].ok
