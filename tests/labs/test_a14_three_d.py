"""What the judge of lab 14 thinks of grids that no lab made."""

from pathlib import Path

import numpy as np
import pytest

from autograder.labs.judge import judge
from autograder.spec import load_assignment
from common.datasets import split, teddy_bear

ASSIGNMENT = load_assignment(Path(__file__).parents[2] / "solutions/a14_three_d")
MADE = Path(__file__).parent / "a14_three_d.npz"
LINE = np.linspace(-1.1, 1.1, 48)


def grid() -> np.ndarray:
    with np.load(MADE) as file:
        return np.asarray(file["grid"])


def failing(path: Path, made: np.ndarray) -> set[str]:
    np.savez(path / "a.npz", grid=made.astype(np.float16))
    return {measure.name for measure in judge(ASSIGNMENT, path / "a.npz") if not measure.ok}


def test_what_the_lab_made_passes() -> None:
    assert all(measure.ok for measure in judge(ASSIGNMENT, MADE))


@pytest.mark.parametrize("value", [-10.0, 0.0, 6e4])
def test_the_same_everywhere_fails(value: float, tmp_path: Path) -> None:
    assert {"psnr", "silhouette"} <= failing(tmp_path, np.full((4, 48, 48, 48), value))


def test_noise_fails(tmp_path: Path) -> None:
    made = 3 * np.random.default_rng(14).standard_normal((4, 48, 48, 48))
    assert {"psnr", "silhouette"} <= failing(tmp_path, made)


def test_a_ball_of_the_mean_colour_fails(tmp_path: Path) -> None:
    views, _ = split(teddy_bear())
    colour = ((views.x.permute(0, 2, 3, 1)[views.depth > 0].mean(dim=0) + 1) / 2).numpy()
    radius = np.sqrt(LINE[:, None, None] ** 2 + LINE[:, None] ** 2 + LINE**2)
    made = np.empty((4, 48, 48, 48))
    made[0] = np.where(radius < 0.7, 8, -8)
    made[1:] = np.log(colour / (1 - colour))[:, None, None, None]
    assert {"psnr", "silhouette"} <= failing(tmp_path, made)


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_a_mirrored_bear_fails(axis: int, tmp_path: Path) -> None:
    assert "psnr" in failing(tmp_path, np.flip(grid(), axis))


def test_axes_in_another_order_fail(tmp_path: Path) -> None:
    assert {"psnr", "silhouette"} <= failing(tmp_path, grid().transpose(0, 3, 2, 1))


def test_right_shapes_in_wrong_colours_fail(tmp_path: Path) -> None:
    made = grid()
    assert failing(tmp_path, np.concatenate([made[:1], made[:0:-1]])) == {"psnr"}


def test_a_bear_seen_through_noise_fails(tmp_path: Path) -> None:
    made = grid() + 4 * np.random.default_rng(14).standard_normal((4, 48, 48, 48))
    assert "psnr" in failing(tmp_path, made)
