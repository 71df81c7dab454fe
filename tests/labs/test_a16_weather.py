"""What the judge of lab 16 thinks of weights that no lab learnt."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.labs.judge import judge
from autograder.sources.inmemory import load_package, unload_package
from autograder.spec import load_assignment

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a16_weather")
MADE = Path(__file__).parent / "a16_weather.npz"


def learnt() -> np.ndarray:
    with np.load(MADE) as file:
        return np.asarray(file["weights"])


def draws() -> np.random.Generator:
    return np.random.default_rng(16)


def failing(path: Path, weights: np.ndarray) -> set[str]:
    np.savez(path / "a.npz", weights=weights.astype(np.float32))
    return {measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok}


def parts(weights: np.ndarray, change: Callable[[str, Any], Any]) -> np.ndarray:
    """Change weights layer by layer, by the name of each."""
    package = load_package(ASSIGNMENT, {})
    try:
        network = import_module(f"{package}.network").ChangeNet()
        made, start = [], 0
        for name, parameter in network.named_parameters():
            made.append(change(name, weights[start : start + parameter.numel()]))
            start += parameter.numel()
    finally:
        unload_package(package)
    return np.concatenate(made)


def test_what_the_lab_made_passes() -> None:
    assert all(measure.ok for measure in judge(ASSIGNMENT, MADE))


FAKES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "zeros: the change of a lot": np.zeros_like,
    "noise of the weights' deviation": lambda w: w.std() * draws().standard_normal(len(w)),
    "weights in another order": lambda w: draws().permutation(w),
    "weights under noise": lambda w: w + w.std() * draws().standard_normal(len(w)),
    "a last layer of zeros": lambda w: parts(w, lambda name, one: 0 * one if "leave" in name else one),
    "a last layer twice as large": lambda w: parts(w, lambda name, one: 2 * one if "leave" in name else one),
    "biases alone": lambda w: parts(w, lambda name, one: one if "bias" in name else 0 * one),
}


@pytest.mark.parametrize("name", FAKES)
def test_weights_that_nothing_learnt_fail(name: str, tmp_path: Path) -> None:
    assert failing(tmp_path, FAKES[name](learnt())) & {"crps", "error"}


def test_a_network_that_does_not_see_the_weather_fails(tmp_path: Path) -> None:
    """Without the weights of what is told, a network knows how large changes are, and not which."""

    def blind(name: str, one: np.ndarray) -> np.ndarray:
        if name != "enter.weight":
            return one
        seen = one.reshape(-1, 20, 3, 3).copy()
        seen[:, 6:18] = 0
        return seen.reshape(-1)

    assert failing(tmp_path, parts(learnt(), blind)) & {"crps", "error"}
