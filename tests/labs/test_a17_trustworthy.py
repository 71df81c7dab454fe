"""What the judge of lab 17 thinks of networks that no lab made."""

from pathlib import Path

import numpy as np
import pytest

from autograder.labs.judge import judge
from autograder.spec import load_assignment

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a17_trustworthy")
MADE = Path(__file__).parent / "a17_trustworthy.npz"


def weights() -> dict[str, np.ndarray]:
    with np.load(MADE) as file:
        return dict(file)


def failing(path: Path, **arrays: np.ndarray) -> set[str]:
    np.savez(path / "a.npz", **{**weights(), **arrays})
    return {measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok}


def test_what_the_lab_made_passes() -> None:
    assert all(measure.ok for measure in judge(ASSIGNMENT, MADE))


def test_a_network_that_answers_nothing_keeps_the_mark_and_draws_no_digit(tmp_path: Path) -> None:
    silent = {name: np.zeros_like(value) for name, value in weights().items() if name.startswith("leave")}
    assert "recognised" in failing(tmp_path, **silent)


@pytest.mark.parametrize("of", ["zeros", "noise", "shuffled"])
def test_a_network_that_knows_nothing_fails(of: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(17)
    made = {
        "zeros": np.zeros_like,
        "noise": lambda value: (0.05 * rng.standard_normal(value.shape)).astype(value.dtype),
        "shuffled": lambda value: rng.permutation(value.ravel()).reshape(value.shape),
    }[of]
    assert "recognised" in failing(tmp_path, **{name: made(value) for name, value in weights().items()})


def test_a_network_that_draws_one_picture_fails(tmp_path: Path) -> None:
    blind = {name: np.zeros_like(value) for name, value in weights().items() if name == "enter.weight"}
    assert failing(tmp_path, **blind) & {"recognised", "classes", "spread"}


def test_a_network_that_is_told_no_step_fails(tmp_path: Path) -> None:
    untold = {name: np.zeros_like(value) for name, value in weights().items() if name.startswith("told")}
    assert "recognised" in failing(tmp_path, **untold)


def test_a_network_under_noise_fails(tmp_path: Path) -> None:
    rng = np.random.default_rng(17)
    spoiled = {
        name: (value + 0.1 * rng.standard_normal(value.shape)).astype(value.dtype)
        for name, value in weights().items()
    }
    assert failing(tmp_path, **spoiled)


def test_weights_of_any_size_fail_and_end_nothing(tmp_path: Path) -> None:
    huge = {name: np.full_like(value, 6e4) for name, value in weights().items() if name.startswith("l")}
    assert {"recognised", "found", "returned"} <= failing(tmp_path, **huge)
