"""What the judge of lab 5 thinks of files that no sampler made."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from autograder.spec import load_assignment
from common.datasets import digits, split
from common.labs.measure import Measure
from solutions.a05_fast_samplers.lab_judge import judge

BOUNDS = load_assignment(Path(__file__).parents[2] / "solutions/a05_fast_samplers").lab
TRAINING, HELD_OUT = split(digits())
DRAWS = torch.Generator().manual_seed(5)
MEANS = torch.stack([TRAINING.x[TRAINING.labels == k].mean(0) for k in range(10)])
PAIRS = torch.randperm(len(TRAINING.x), generator=DRAWS)[:128]


def measured(x: Tensor) -> dict[str, Measure]:
    assert BOUNDS is not None
    return {m.name: m for m in judge({"samples": x.clamp(-1, 1).numpy()}, BOUNDS)}


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
def test_what_no_sampler_made_fails(x: Tensor) -> None:
    assert [m.name for m in measured(x).values() if not m.ok]
