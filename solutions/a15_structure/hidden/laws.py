"""IGSO(3) once more, for the judge: f by images or by characters, in logarithms, and its distribution."""

import math

import torch
from torch import Tensor


def log_f(omega: Tensor, sigma: float) -> Tensor:
    """Return the logarithm of f at angles in (0, pi], up to a constant for images."""
    if sigma < 1.2:
        k = torch.arange(-6, 7, dtype=torch.float64)
        a = omega[..., None] + 2 * math.pi * k
        first = -omega.square() / (2 * sigma**2)
        terms = (
            torch.where(k % 2 == 0, 1.0, -1.0)
            * a
            * torch.exp(-a.square() / (2 * sigma**2) - first[..., None])
        )
        constant = sigma**2 / 8 + 0.5 * math.log(2 * math.pi) - 3 * math.log(sigma)
        return constant + first + terms.sum(dim=-1).log() - torch.sin(omega / 2).log()
    orders = range(40)
    series = [
        (2 * n + 1) * math.exp(-n * (n + 1) * sigma**2 / 2) * torch.sin((2 * n + 1) * omega / 2)
        for n in orders
    ]
    return (sum(series, torch.zeros_like(omega)) / torch.sin(omega / 2)).log()


def density(omega: Tensor, sigma: float) -> Tensor:
    """Return the density of the angle."""
    return log_f(omega, sigma).exp() * (1 - omega.cos()) / math.pi


def score(omega: Tensor, sigma: float) -> Tensor:
    """Return the derivative of log f."""
    given = omega.clone().requires_grad_()
    return torch.autograd.grad(log_f(given, sigma).sum(), [given])[0]


def distribution(omega: Tensor, sigma: float) -> Tensor:
    """Return the probability of an angle up to omega."""
    total = omega - omega.sin()
    for n in range(1, math.ceil(9 / sigma) + 2):
        weight = (2 * n + 1) * math.exp(-n * (n + 1) * sigma**2 / 2)
        total = total + weight * ((n * omega).sin() / n - ((n + 1) * omega).sin() / (n + 1))
    return total / math.pi
