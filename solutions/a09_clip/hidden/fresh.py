"""Fresh inputs for the hidden checks, the coarse comparison of their gates, and losses by plain loops."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, expect

LEAST = 0.5  # correlation that an honest attempt reaches; noise, zeros and copies stay below it


def cosine(x: list[float], y: list[float]) -> float:
    """Return the cosine of two rows in plain numbers."""
    dot = sum(a * b for a, b in zip(x, y, strict=True))
    return dot / math.hypot(*x) / math.hypot(*y)


def cosines(image: Tensor, text: Tensor) -> list[list[float]]:
    """Return the cosine of every pair, in plain numbers."""
    return [[cosine(x, y) for y in text.tolist()] for x in image.tolist()]


def log_sum(values: list[float]) -> float:
    """Return the logarithm of the sum of exponentials."""
    top = max(values)
    return top + math.log(math.fsum(math.exp(value - top) for value in values))


def entropy_loss(image: Tensor, text: Tensor, scale: float, group: list[int] | None = None) -> float:
    """Return the CLIP loss by loops; with `group` the target of a row is even over its group."""
    z = [[scale * value for value in row] for row in cosines(image, text)]
    n = len(z)
    group = list(range(n)) if group is None else group
    total = 0.0
    for table in (z, [list(column) for column in zip(*z, strict=True)]):
        for i, row in enumerate(table):
            chosen = [row[j] for j in range(n) if group[j] == group[i]]
            total += log_sum(row) - sum(chosen) / len(chosen)
    return total / (2 * n)


def batches(seed: Seed, n: int, d: int) -> list[tuple[Tensor, Tensor]]:
    """Return batches from perfect pairs to strangers and to opposites."""
    made = []
    for number, mix in enumerate((1.0, 0.6, 0.3, 0.0, -0.4, -1.0)):
        image, noise = seed.fork(f"i{number}").normal(n, d), seed.fork(f"t{number}").normal(n, d)
        made.append((image, mix * image + (1 - abs(mix)) * noise))
    return made


def expect_alike(actual: Tensor, expected: Tensor) -> None:
    """Expect a correlation that an honest attempt has with what is right."""
    pair = torch.stack([actual.flatten().double(), expected.flatten().double()])
    value = torch.corrcoef(pair)[0, 1].item()
    expect(math.isfinite(value) and abs(value) > LEAST, "the values do not go with what came in")
