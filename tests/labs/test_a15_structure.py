"""What the judge of lab 15 thinks of backbones that no lab made."""

from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.proteins import backbones, split_chains, windows

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a15_structure")
MADE = Path(__file__).parent / "a15_structure.npz"
DRAWS = np.random.default_rng(15)


def pieces(held_out: bool = False) -> np.ndarray:
    """Return 64 pieces of real chains."""
    chosen = windows(split_chains(backbones())[held_out], 10, stride=4)
    order = torch.randperm(len(chosen), generator=torch.Generator().manual_seed(15))
    return chosen[order[:64]].numpy()


def failing(path: Path, made: np.ndarray) -> set[str]:
    np.savez(path / "a.npz", atoms=made.astype(np.float32))
    return {measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok}


def test_what_the_lab_made_passes() -> None:
    assert all(measure.ok for measure in judge(ASSIGNMENT, MADE))


def test_held_out_pieces_pass(tmp_path: Path) -> None:
    assert failing(tmp_path, pieces(held_out=True)) == set()


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_the_same_everywhere_fails(value: float, tmp_path: Path) -> None:
    assert {"steps", "bonds", "free", "spread"} <= failing(tmp_path, np.full((64, 10, 3, 3), value))


def test_noise_fails(tmp_path: Path) -> None:
    assert {"steps", "bonds", "handed"} <= failing(tmp_path, 4 * DRAWS.standard_normal((64, 10, 3, 3)))


def test_one_piece_repeated_fails(tmp_path: Path) -> None:
    assert "spread" in failing(tmp_path, np.repeat(pieces(held_out=True)[:1], 64, axis=0))


def test_one_helix_with_noise_fails(tmp_path: Path) -> None:
    chain = next(chain for chain in split_chains(backbones())[1] if "H" * 10 in chain.structure)
    start = chain.structure.index("H" * 10)
    helix = np.repeat(chain.atoms[None, start : start + 10, :3].numpy(), 64, axis=0)
    assert "spread" in failing(tmp_path, helix + 0.15 * DRAWS.standard_normal(helix.shape))


def test_mirror_images_fail(tmp_path: Path) -> None:
    assert failing(tmp_path, pieces(held_out=True) * [1, 1, -1]) == {"handed"}
    with np.load(MADE) as file:
        assert failing(tmp_path, file["atoms"] * [1, 1, -1]) == {"handed"}


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.25])
def test_training_pieces_fail_also_with_noise(noise: float, tmp_path: Path) -> None:
    copies = pieces() + noise * DRAWS.standard_normal((64, 10, 3, 3))
    assert {"new", "bonds"} & failing(tmp_path, copies)


def test_blends_of_two_training_pieces_fail(tmp_path: Path) -> None:
    one, other = pieces(), pieces()[::-1]
    assert {"steps", "bonds"} & failing(tmp_path, (one + other) / 2)


def test_atoms_in_another_order_fail(tmp_path: Path) -> None:
    assert "bonds" in failing(tmp_path, pieces(held_out=True)[:, :, [2, 1, 0]])
