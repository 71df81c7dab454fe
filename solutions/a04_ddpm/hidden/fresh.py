"""Fresh images, steps and schedules for the hidden checks, and the coarse comparison of their gates."""

import torch
from torch import Tensor

from autograder.checks import Seed, expect


def fresh_batch(seed: Seed, *shape: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return two sets of images, steps in mixed order, and a schedule that loses up to a third each step."""
    T = seed.fork("T").integer(6, 30)
    alpha_bar = (1 - 0.01 - 0.3 * seed.fork("alpha_bar").uniform(T)).log().cumsum(0).exp()
    t = (seed.fork("t").uniform(shape[0]) * T).long()
    return seed.fork("a").normal(*shape), seed.fork("b").normal(*shape), t, alpha_bar


def mixed(of_a: Tensor, a: Tensor, of_b: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Return of_a[t] a + of_b[t] b, image by image."""
    return torch.stack([of_a[step] * a[i] + of_b[step] * b[i] for i, step in enumerate(t)])


def expect_mixture(actual: Tensor, a: Tensor, b: Tensor) -> None:
    """Expect about equal parts of both, of any sign: a correlation above 0.85, where one alone has 0.71."""
    rows = torch.stack([actual.flatten().double(), (a + b).flatten(), (a - b).flatten()])
    found = torch.corrcoef(rows)[0, 1:].abs().max()
    expect(found > 0.85, "the result is not made of both inputs, about half and half")


def halfway(seed: Seed) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return one image and one noise, and a step at which both have about the same share."""
    T = seed.fork("T").integer(20, 40)
    t = torch.tensor([seed.fork("t").integer(5, T - 5)])
    alpha_bar = torch.linspace(0.56, 0.44, T, dtype=torch.float64)
    return seed.fork("a").normal(1, 3, 16, 16), seed.fork("b").normal(1, 3, 16, 16), t, alpha_bar


def expect_in_step(actual: Tensor, expected: Tensor) -> None:
    """Expect values that rise and fall with the right ones: a correlation above 0.7."""
    found = torch.corrcoef(torch.stack([actual.double(), expected]))[0, 1]
    expect(found > 0.7, "the result does not go with what it depends on")
