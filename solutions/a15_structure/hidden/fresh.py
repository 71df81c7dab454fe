"""What the gates of hidden checks ask: that results go with fresh inputs at all."""

import math

import torch
from torch import Tensor

from autograder.checks import expect

LEAST = 0.5  # correlation that an honest attempt reaches; noise, zeros and copies stay below it


def expect_alike(actual: Tensor, expected: Tensor) -> None:
    """Expect a correlation that an honest attempt has with what is right."""
    expect(
        isinstance(actual, Tensor) and actual.numel() == expected.numel(),
        "the result has not the size of an answer",
    )
    pair = torch.stack([actual.flatten().double(), expected.flatten().double()])
    value = torch.corrcoef(pair)[0, 1].item()
    expect(math.isfinite(value) and abs(value) > LEAST, "the values do not go with what came in")


def not_the_input(came: Tensor, given: Tensor) -> None:
    """Expect another result than what came in."""
    same = came.shape == given.shape and bool((came - given).abs().max() < 1e-9)
    expect(not same, "what came in is returned")


def share_alike(actual: Tensor, expected: Tensor, least: float) -> None:
    """Expect that so large a share of whole numbers or truth values is right."""
    same = actual.shape == expected.shape and (actual == expected).double().mean().item() >= least
    expect(same, "the values do not go with what came in")
