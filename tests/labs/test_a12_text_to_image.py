"""What the judge of lab 12 thinks of networks that no lab made, and of digits that only went through one."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.labs.judge import judge
from autograder.sources.inmemory import load_package, unload_package
from autograder.spec import load_assignment
from common.datasets import digits, split

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a12_text_to_image")
MADE = Path(__file__).parent / "a12_text_to_image.npz"
TRAINING, HELD_OUT = split(digits())
PARTS = ("encoder", "decoder", "transformer")


@pytest.fixture(scope="module")
def lab_judge() -> Iterator[Any]:
    """The judge's module, under a name of its own: other tests have other assignments in `solutions`."""
    package = load_package(ASSIGNMENT, {})
    yield import_module(f"{package}.lab_judge")
    unload_package(package)


def weights() -> dict[str, np.ndarray]:
    with np.load(MADE) as file:
        return dict(file)


def failing(path: Path, **arrays: np.ndarray) -> set[str]:
    np.savez(path / "a.npz", **{**weights(), **arrays})
    return {measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok}


def test_what_the_lab_made_passes() -> None:
    assert all(measure.ok for measure in judge(ASSIGNMENT, MADE))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("of", ["zeros", "noise", "shuffled"])
def test_a_part_that_knows_nothing_fails(part: str, of: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    made = {
        "zeros": np.zeros_like,
        "noise": lambda value: (0.1 * rng.standard_normal(value.shape)).astype(value.dtype),
        "shuffled": lambda value: rng.permutation(value.ravel()).reshape(value.shape),
    }[of]
    chosen = {
        name: made(value)
        for name, value in weights().items()
        if name.startswith(part) and value.dtype.kind == "f"
    }
    expected = {"encoder": "restored", "decoder": "restored", "transformer": "asked"}[part]
    assert expected in failing(tmp_path, **chosen)


def test_a_transformer_that_sees_no_words_fails(tmp_path: Path) -> None:
    masks = weights()["transformer.masks"].copy()
    masks[:, :, :3] *= np.eye(19, dtype=masks.dtype)[:, :3]
    assert "asked" in failing(tmp_path, **{"transformer.masks": masks})


def test_a_transformer_that_sees_no_codes_fails(tmp_path: Path) -> None:
    masks = weights()["transformer.masks"].copy()
    masks[:, :, 4:] *= np.eye(19, dtype=masks.dtype)[:, 4:]
    assert failing(tmp_path, **{"transformer.masks": masks}) & {"recognised", "asked"}


def networks(lab_judge: Any) -> torch.nn.ModuleDict:
    made = lab_judge.judged_networks()
    made.load_state_dict({name: torch.from_numpy(value) for name, value in weights().items()})
    return made.eval()


def of_class(images: Tensor, labels: Tensor) -> Tensor:
    places = torch.tensor([4 * (i // 10) for i in range(64)])
    return torch.stack([images[labels == i % 10][place] for i, place in enumerate(places.tolist())])


@torch.no_grad()
@pytest.mark.parametrize("kind", ["training digits", "altered training digits", "fresh digits"])
def test_copies_through_the_dvae_are_seen(kind: str, lab_judge: Any) -> None:
    """A pixel judge passes training digits that were restored from their codes; `repeated` does not."""
    made = networks(lab_judge)
    again, others = (lab_judge._restored(made, one.x) for one in (TRAINING, HELD_OUT))
    x = of_class(others, HELD_OUT.labels) if kind == "fresh digits" else of_class(again, TRAINING.labels)
    if kind == "altered training digits":
        x = x + 0.03 * torch.randn(x.shape, generator=torch.Generator().manual_seed(12))
    limit = ASSIGNMENT.lab["repeated"]
    assert (lab_judge._repeated(x, again, others) <= limit) == (kind == "fresh digits")
