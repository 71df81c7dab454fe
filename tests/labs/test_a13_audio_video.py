"""What the judge of lab 13 thinks of clips that no lab made."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.labs.judge import judge
from autograder.sources.inmemory import load_package, unload_package
from autograder.spec import load_assignment
from common.datasets import digits, split

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a13_audio_video")
MADE = Path(__file__).parent / "a13_audio_video.npz"
TRAINING, HELD_OUT = split(digits())


def clips(x: Tensor, seed: int = 13, count: int = 64) -> Tensor:
    """Return clips of these digits, by the assignment's own module."""
    package = load_package(ASSIGNMENT, {})
    try:
        made: Tensor = import_module(f"{package}.curtains").make_clips(x, count, draws(seed))
    finally:
        unload_package(package)
    return made


def draws(seed: int = 13) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def failing(path: Path, x: Tensor) -> set[str]:
    np.savez(path / "a.npz", clips=x.float().numpy())
    return {measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok}


def test_what_the_lab_made_passes() -> None:
    assert all(measure.ok for measure in judge(ASSIGNMENT, MADE))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_real_clips_that_nobody_trained_on_pass(seed: int, tmp_path: Path) -> None:
    assert failing(tmp_path, clips(HELD_OUT.x, seed)) == set()


def shuffled(x: Tensor) -> Tensor:
    orders = [[*torch.randperm(3, generator=draws(i)).tolist(), 3] for i in range(64)]
    return torch.stack([clip[:, order] for clip, order in zip(x, orders, strict=True)])


def class_means(x: Tensor) -> Tensor:
    means = torch.stack([TRAINING.x[TRAINING.labels == i % 10].mean(dim=0) for i in range(64)])
    noisy = (means + 0.3 * torch.randn(means.shape, generator=draws())).clamp(-1, 1)
    return torch.cat([clips(one[None], seed, 1) for seed, one in enumerate(noisy)])


def blends(x: Tensor) -> Tensor:
    others = torch.randperm(len(TRAINING.x), generator=draws())
    return clips((TRAINING.x + TRAINING.x[others]) / 2)


FAKES: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "noise": (lambda x: torch.randn(x.shape, generator=draws()), "recognised"),
    "background": (lambda x: torch.full_like(x, -1), "recognised"),
    "grey": (torch.zeros_like, "recognised"),
    "the last frame repeated": (lambda x: x[:, :, -1:].expand_as(x).clone(), "opens"),
    "the last frame alone": (lambda x: torch.cat([0 * x[:, :, :3] - 1, x[:, :, 3:]], dim=2), "opens"),
    "frames in another order": (shuffled, "opens"),
    "frames of other clips": (lambda x: torch.cat([x.roll(1, 0)[:, :, :3], x[:, :, 3:]], dim=2), "opens"),
    "one clip repeated": (lambda x: x[:1].expand_as(x).clone(), "spread"),
    "each clip twice": (lambda x: torch.cat([x[:32], x[:32]]), "spread"),
    "training digits": (lambda x: clips(TRAINING.x), "copies"),
    "training digits, altered": (
        lambda x: clips(TRAINING.x) + 0.1 * torch.randn(x.shape, generator=draws()),
        "copies",
    ),
    "class means with noise": (class_means, "contrast"),
    "blends of two training digits": (blends, "contrast"),
    "real clips under noise": (lambda x: x + 0.3 * torch.randn(x.shape, generator=draws()), "opens"),
}


@pytest.mark.parametrize("name", FAKES)
def test_clips_that_nothing_learnt_fail(name: str, tmp_path: Path) -> None:
    make, measure = FAKES[name]
    assert measure in failing(tmp_path, make(clips(HELD_OUT.x)))


def test_curtains_from_one_side_fail(tmp_path: Path) -> None:
    many = clips(HELD_OUT.x, count=400)
    open_on_the_left = (many[:, 0, 0, :, 2:] == -1).all(dim=(1, 2))
    assert "sides" in failing(tmp_path, many[open_on_the_left][:64])
