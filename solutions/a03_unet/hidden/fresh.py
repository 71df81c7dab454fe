"""Fresh tensors and weights for the hidden checks, and the coarse comparison of their gates."""

import torch
from torch import Tensor

from autograder.checks import Seed, expect

from ..tests.parts import Shapes, weights


def expect_in_step(actual: Tensor, expected: Tensor) -> None:
    """Expect values that rise and fall with the right ones: a correlation above 0.7, of any sign."""
    expect(actual.numel() == expected.numel(), f"{actual.numel()} values came; expected {expected.numel()}")
    rows = torch.stack([actual.flatten().double(), expected.flatten().double()])
    found = torch.corrcoef(rows)[0, 1].abs()
    expect(found > 0.7, "the result does not go with what it depends on")


def several(seed: Seed, *sizes: tuple[int, ...]) -> list[Tensor]:
    """Return independent standard normal tensors of these sizes."""
    return [seed.fork(f"tensor {i}").normal(*size) for i, size in enumerate(sizes)]


def sharp(seed: Seed, shapes: Shapes) -> dict[str, Tensor]:
    """Return fresh weights in which queries and keys are large, so that attention is far from even."""
    drawn = weights(seed, shapes)
    return {name: 3 * values if "qkv.weight" in name else values for name, values in drawn.items()}
