"""Measures of digits against what they must let pass and what they must not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from common.datasets import digits, split
from common.labs.digits import Scale, judge_samples, scale_of_digits

STRICT = {"recognised": 0.8, "classes": 9, "spread": 0.7, "copies": 0.15}
TRAINING, HELD_OUT = split(digits())
COPIES = TRAINING.x[torch.randperm(1438, generator=torch.Generator().manual_seed(0))[:64]]


def noise(size: float = 1.0) -> Tensor:
    return size * torch.randn(64, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def failing(x: Tensor) -> set[str]:
    """Return what fails in samples of which nothing was asked, when only the training digits are known."""
    return {m.name for m in judge_samples(x.clamp(-1, 1), STRICT, TRAINING) if not m.ok}


def test_real_distances_are_what_the_thresholds_were_made_for() -> None:
    assert scale_of_digits() == Scale(
        pytest.approx(3.814, abs=1e-3), pytest.approx(1.346, abs=1e-3), pytest.approx(2.843, abs=1e-3)
    )


def test_held_out_digits_pass() -> None:
    generator = torch.Generator().manual_seed(2)
    for _ in range(5):
        rows = torch.randperm(359, generator=generator)[:64]
        assert not failing(HELD_OUT.x[rows])


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


def test_known_digits_are_copies_and_it_is_said() -> None:
    measures = {m.name: m for m in judge_samples(HELD_OUT.x[:64], STRICT, digits())}
    assert measures["copies"].value == 1.0
    assert measures["copies"].says == (
        "64 of 64 samples lie nearer to a known digit than fresh ones do: copies, it seems"
    )


def test_classes_are_measured_only_when_they_were_asked_for() -> None:
    wanted, x, labels = {**STRICT, "asked": 0.8}, HELD_OUT.x[:64], HELD_OUT.labels[:64]
    assert "asked" not in {m.name for m in judge_samples(x, wanted, TRAINING)}
    for asked, ok in ((labels, True), ((labels + 1) % 10, False)):
        *_, last = judge_samples(x, wanted, TRAINING, asked)
        assert (last.name, last.ok) == ("asked", ok)
