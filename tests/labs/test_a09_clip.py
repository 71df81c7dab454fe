"""What the judge of lab 9 thinks of files that no lab made: towers without knowledge, copied digits."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.datasets import digits, split

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a09_clip")
MADE = Path(__file__).parent / "a09_clip.npz"
TRAINING, HELD_OUT = split(digits())
DRAWS = torch.Generator().manual_seed(9)
ASKED = torch.arange(64) % 10
MEANS = torch.stack([TRAINING.x[TRAINING.labels == k].mean(0) for k in range(10)])[ASKED]
ROWS = torch.stack([(TRAINING.labels == k).nonzero()[[i, i + 40], 0] for i, k in enumerate(ASKED.tolist())])


def noise(size: float) -> Tensor:
    return size * torch.randn(64, 1, 8, 8, generator=DRAWS)


def failing(path: Path, **arrays: np.ndarray) -> list[str]:
    with np.load(MADE) as file:
        np.savez(path / "a.npz", **{**file, **arrays})
    return [measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok]


def weights() -> dict[str, np.ndarray]:
    with np.load(MADE) as file:
        return {name: value for name, value in file.items() if name != "samples"}


@pytest.mark.parametrize("of", ["zeros", "constants", "noise", "shuffled"])
def test_towers_that_know_nothing_fail(of: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    made = {
        "zeros": np.zeros_like,
        "constants": lambda value: np.full_like(value, 0.1),
        "noise": lambda value: (0.1 * rng.standard_normal(value.shape)).astype(value.dtype),
        "shuffled": lambda value: rng.permutation(value.ravel()).reshape(value.shape),
    }[of]
    towers = {name: made(value) for name, value in weights().items()}
    assert "recall" in failing(tmp_path, **towers)


@pytest.mark.parametrize("part", ["image_projection.weight", "text_tower.words.weight"])
def test_one_side_that_knows_nothing_fails(part: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    value = weights()[part]
    assert failing(tmp_path, **{part: rng.permutation(value.ravel()).reshape(value.shape)}) == ["recall"]


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
