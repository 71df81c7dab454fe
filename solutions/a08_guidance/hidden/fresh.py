"""Fresh tensors for the hidden checks, and the coarse comparison of their gates."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, expect

from .. import plays
from ..plays import Chain


def between(seed: Seed, low: float, high: float, *shape: int) -> Tensor:
    """Return fresh numbers from low to high."""
    return low + (high - low) * seed.uniform(*shape)


def mixed(of_a: Tensor, a: Tensor, of_b: Tensor, b: Tensor) -> Tensor:
    """Return of_a[i] a[i] + of_b[i] b[i], image by image."""
    return torch.stack([of_a[i] * a[i] + of_b[i] * b[i] for i in range(len(a))])


def expect_alike(actual: Tensor, *expected: Tensor) -> None:
    """Expect a correlation above 0.95 with one of these (an honest mistake may take another)."""
    best = max(_correlation(actual, tensor) for tensor in expected)
    expect(best > 0.95, "the values do not go with what came in")


def _correlation(a: Tensor, b: Tensor) -> float:
    pair = torch.stack([a.flatten(), b.flatten()]).double()
    value = torch.corrcoef(pair)[0, 1].abs().item()
    return value if math.isfinite(value) else 0.0


def linear_alpha_bar(T: int) -> Tensor:
    """Return the signal of betas from 1e-4 to 0.02, evenly spaced."""
    betas = torch.linspace(1e-4, 0.02, T, dtype=torch.float64)
    return (1 - betas).log().cumsum(0).exp()


def ddim_tables(alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return the two tables of the deterministic step for a model that predicts eps."""
    before = torch.cat([torch.ones(1, dtype=torch.float64), alpha_bar[:-1]])
    keep = (before / alpha_bar).sqrt()
    return keep, (1 - before).sqrt() - keep * (1 - alpha_bar).sqrt()


def gaussian_eps(mean: Tensor, variance: Tensor, alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return slope and shift of the exact noise of Gaussian images, (labels, T)."""
    spread = alpha_bar * variance[:, None] + 1 - alpha_bar
    slope = (1 - alpha_bar).sqrt() / spread
    return slope, -slope * alpha_bar.sqrt() * mean[:, None]


def affine_chain(chain: Chain, weights: Tensor) -> tuple[float, float]:
    """Return slope and intercept of a chain to label 0, away from label 1, step by step in plain numbers."""
    slope, shift, keep, move = (table.tolist() for table in chain)
    a, b = 1.0, 0.0
    for t in reversed(range(len(weights))):
        w = weights[t].item()
        k = keep[t] + move[t] * (w * slope[0][t] + (1 - w) * slope[1][t])
        i = move[t] * (w * shift[0][t] + (1 - w) * shift[1][t])
        a, b = k * a, k * b + i
    return a, b


def sampled(submission: Any, chain: Chain, x_T: Tensor, weights: Tensor) -> dict[str, Any]:
    """Run a chain to label 0, away from label 1."""
    labels = torch.zeros(len(x_T), dtype=torch.long)
    return submission.play(plays.guided_sample, chain, x_T, labels, labels + 1, weights)
