"""Labs' files judged: those that the labs made, what is not made by a lab, and slips in tables and judges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autograder.errors import UserError
from autograder.labs.judge import judge
from autograder.spec import SpecError, load_assignment
from common.labs.measure import Measure
from tests.small_assignment import write_small
from tests.small_lab import JUDGE, write_lab

ROOT = Path(__file__).parents[1]
MADE = Path(__file__).parent / "labs"  # what the labs made, as they would be handed in
LABS = [path.parent.name for path in sorted((ROOT / "solutions").glob("*/lab_judge.py"))]


def judged(name: str, artefact: Path) -> tuple[Measure, ...]:
    return judge(load_assignment(ROOT / "solutions" / name), artefact)


def failing(name: str, artefact: Path) -> list[str]:
    return [measure.name for measure in judged(name, artefact) if not measure.ok]


def made(name: str) -> dict[str, np.ndarray]:
    with np.load(MADE / f"{name}.npz") as file:
        return dict(file)


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    return tmp_path / "a.npz"


@pytest.mark.parametrize("name", LABS)
def test_what_the_lab_makes_passes(name: str) -> None:
    assert failing(name, MADE / f"{name}.npz") == []


@pytest.mark.parametrize("name", LABS)
def test_what_is_all_the_same_fails(name: str, handed_in: Path) -> None:
    first, *others = made(name).items()
    np.savez(handed_in, **{first[0]: np.zeros_like(first[1]), **dict(others)})
    assert failing(name, handed_in)


def test_masks_of_another_shape_are_refused(handed_in: Path) -> None:
    np.savez(handed_in, masks=np.zeros((15, 64, 64), np.int8))
    with pytest.raises(UserError, match=r"wanted integers of shape \(16, 64, 64\)"):
        judged("a03_unet", handed_in)


def test_other_classes_than_asked_for_are_noticed(handed_in: Path) -> None:
    digits = made("a08_guidance")
    np.savez(handed_in, samples=np.roll(digits["samples"], 1, axis=0), labels=digits["labels"])
    assert failing("a08_guidance", handed_in) == ["asked"]
    emoji = made("a10_latent_diffusion")
    np.savez(handed_in, samples=np.flip(emoji["samples"], axis=0), kinds=emoji["kinds"])
    assert failing("a10_latent_diffusion", handed_in) == ["asked"]


def test_a_file_cannot_say_that_others_were_asked_for(handed_in: Path) -> None:
    np.savez(handed_in, samples=made("a08_guidance")["samples"], labels=np.roll(np.arange(64) % 10, 1))
    with pytest.raises(UserError, match=r"a\.npz: labels must be 0 to 9 in turn"):
        judged("a08_guidance", handed_in)
    emoji = made("a10_latent_diffusion")
    np.savez(handed_in, samples=np.flip(emoji["samples"], axis=0), kinds=np.flip(emoji["kinds"]))
    with pytest.raises(UserError, match=r"a\.npz: kinds must be those of the lab's prompts"):
        judged("a10_latent_diffusion", handed_in)


def test_a_judge_of_the_assignments_own_is_asked(tmp_path: Path, handed_in: Path) -> None:
    np.savez(handed_in, samples=np.arange(3.0))
    (measure,) = judge(write_lab(tmp_path), handed_in)
    assert (measure.name, measure.value, measure.limit, measure.ok) == ("last", 2, 6, False)
    np.savez(handed_in, samples=np.ones(3))
    with pytest.raises(UserError, match=r"a\.npz: samples must begin with 0$"):
        judge(load_assignment(tmp_path / "solutions" / "a90_small"), handed_in)


@pytest.mark.parametrize(
    ("bounds", "limit", "message"),
    [
        ("", 'bounds["last"]', "lab_judge.py measures 'last'; add its bound to [lab]"),
        ("", "6.0", "lab_judge.py measures 'last'; add its bound to [lab]"),
        (
            "last = 6\nlost = 1",
            'bounds["last"]',
            "lab_judge.py has no measure 'lost'; did you mean 'last'?, or take it out",
        ),
    ],
)
def test_measures_and_bounds_have_the_same_names(
    tmp_path: Path, handed_in: Path, bounds: str, limit: str, message: str
) -> None:
    np.savez(handed_in, samples=np.arange(3.0))
    assignment = write_lab(tmp_path, bounds, JUDGE.replace('bounds["last"]', limit))
    with pytest.raises(SpecError) as problem:
        judge(assignment, handed_in)
    assert str(problem.value) == f"a90_small/assignment.toml: {message}"


def test_without_a_table_or_a_judge_nothing_is_judged(tmp_path: Path, handed_in: Path) -> None:
    with pytest.raises(UserError, match=r"a90_small/assignment\.toml has no \[lab\] table"):
        judge(load_assignment(write_small(tmp_path / "plain")), handed_in)
    assignment = write_lab(tmp_path, judge="def judge(\n")
    with pytest.raises(SpecError, match=r"a90_small/lab_judge\.py:1: "):
        judge(assignment, handed_in)
    (assignment.folder / "lab_judge.py").unlink()
    with pytest.raises(SpecError, match=r"a90_small/lab_judge\.py: cannot be read"):
        judge(assignment, handed_in)
