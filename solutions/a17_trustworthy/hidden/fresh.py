"""What the gates of hidden checks ask: that results go with fresh inputs at all."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from autograder.checks import expect

LEAST = 0.5  # correlation that an honest attempt reaches; noise, zeros and copies stay below it


def expect_alike(actual: Any, expected: Any) -> None:
    """Expect a correlation that an honest attempt has with what is right."""
    came, due = _numbers(actual), _numbers(expected)
    expect(came.numel() == due.numel(), "the result has not the size of an answer")
    value = torch.corrcoef(torch.stack([came, due]))[0, 1].item()
    expect(math.isfinite(value) and abs(value) > LEAST, "the values do not go with what came in")


def not_the_input(came: Tensor, given: Tensor) -> None:
    """Expect another result than what came in."""
    same = came.shape == given.shape and bool((came - given).abs().max() < 1e-9)
    expect(not same, "what came in is returned")


def _numbers(values: Any) -> Tensor:
    """Return numbers of any form as one row."""
    if isinstance(values, Tensor):
        return values.detach().flatten().double()
    expect(
        isinstance(values, Sequence) and all(isinstance(one, int | float | Tensor) for one in values),
        "the result is no number",
    )
    return torch.cat([torch.as_tensor(one, dtype=torch.float64).flatten() for one in values])
