"""The judge of samples against what it must let pass and what it must not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.errors import UserError
from autograder.labs.lab import judge
from autograder.labs.labjudge import Scale, judge_samples, recognise, scale_of_digits
from autograder.spec import load_assignment
from common.datasets import digits, split

ROOT = Path(__file__).parents[1]
MADE = Path(__file__).parent / "labs"  # what the labs made, as they would be handed in
LABS = {name: load_assignment(ROOT / "solutions" / name) for name in ("a04_ddpm", "a08_guidance")}
DATA = digits()
TRAINING, HELD_OUT = split(DATA)
COPIES = TRAINING.x[torch.randperm(1438, generator=torch.Generator().manual_seed(0))[:64]]


def noise(size: float = 1.0) -> Tensor:
    return size * torch.randn(64, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def failing(x: Tensor, lab: str = "a04_ddpm") -> set[str]:
    """Return what fails in samples of which nothing was asked, when only the training digits are known."""
    return {m.name for m in judge_samples(x.clamp(-1, 1), LABS[lab].lab, TRAINING) if not m.ok}


def test_real_distances_are_what_the_thresholds_were_made_for() -> None:
    assert scale_of_digits() == Scale(
        pytest.approx(3.814, abs=1e-3), pytest.approx(1.346, abs=1e-3), pytest.approx(2.843, abs=1e-3)
    )


@pytest.mark.parametrize("lab", LABS)
def test_held_out_digits_pass(lab: str) -> None:
    generator = torch.Generator().manual_seed(2)
    for _ in range(5):
        rows = torch.randperm(359, generator=generator)[:64]
        assert not failing(HELD_OUT.x[rows], lab)


@pytest.mark.parametrize("lab", LABS)
def test_what_the_lab_makes_passes(lab: str) -> None:
    assert [m.name for m in judge(LABS[lab], MADE / f"{lab}.npz") if not m.ok] == []


def test_noise_is_not_recognised() -> None:
    assert failing(noise()) == failing(noise(0.3)) == {"recognised", "classes"}
    assert failing(torch.zeros(64, 1, 8, 8)) == {"recognised", "classes", "spread"}


@pytest.mark.parametrize("size", [0.0, 0.05, 0.1, 0.15])
def test_copies_fail_also_under_noise(size: float) -> None:
    assert failing(COPIES + noise(size)) == {"copies"}


def test_copies_fail_when_shifted_or_darker() -> None:
    shifted = torch.nn.functional.pad(COPIES, (1, 0, 0, 0), value=-1)[..., :8]
    assert "copies" in failing(shifted)
    assert failing(0.9 * COPIES - 0.1) == {"copies"}


def test_one_image_or_ten_in_turns_do_not_vary() -> None:
    assert failing(HELD_OUT.x[:1].expand(64, -1, -1, -1)) == {"classes", "spread"}
    firsts = torch.stack([HELD_OUT.x[HELD_OUT.labels == k][3] for k in range(10)])
    assert "spread" in failing(firsts.repeat(7, 1, 1, 1)[:64])


def test_held_out_digits_are_copies_when_they_are_handed_in(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", samples=HELD_OUT.x[:64].numpy())
    measures = judge(LABS["a04_ddpm"], tmp_path / "a.npz")
    assert {m.name: m.value for m in measures}["copies"] == 1.0
    assert "64 of 64 samples lie nearer to a known digit than fresh ones do: copies, it seems" in {
        m.says for m in measures
    }


def test_other_classes_than_asked_for_are_noticed(tmp_path: Path) -> None:
    with np.load(MADE / "a08_guidance.npz") as file:
        samples, labels = file["samples"], file["labels"]
    np.savez(tmp_path / "a.npz", samples=np.roll(samples, 1, axis=0), labels=labels)
    measures = judge(LABS["a08_guidance"], tmp_path / "a.npz")
    assert [m.name for m in measures if not m.ok] == ["asked"]


def test_a_file_cannot_say_that_other_digits_were_asked_for(tmp_path: Path) -> None:
    with np.load(MADE / "a04_ddpm.npz") as file:
        samples = file["samples"]
    recognised, _ = recognise(torch.from_numpy(samples), DATA, scale_of_digits())
    np.savez(tmp_path / "a.npz", samples=samples, labels=recognised.numpy())
    with pytest.raises(UserError, match=r"a\.npz: labels must be 0 to 9 in turn"):
        judge(LABS["a08_guidance"], tmp_path / "a.npz")
