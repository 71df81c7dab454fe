"""What the hidden checks share: tolerances, coarse comparisons for gates, and sets of fresh weights."""

import torch
from torch import Tensor

from autograder.checks import Seed, expect

from ..tests.parts import Shapes, weights

EXACT = 1e-10  # float64 rounds at 1e-16; sums of a thousand products and a few norms stay far below this
SINGLE = 1e-5  # float32 rounds at 6e-8; the same sums


def exactly(*values: float) -> Tensor:
    """Return the values in float64."""
    return torch.tensor(values, dtype=torch.float64)


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
