"""What the hidden checks run beside a student's code: maps that mix coordinates, and longer chains."""

from typing import Any

import torch
from torch import Tensor


def log_det_of_coupling(code: Any, W: Tensor, x: Tensor) -> Tensor:
    """Return log |det J| of a map that scales and shifts the second half by what the first half says."""

    def couple(v: Tensor) -> Tensor:
        first, second = v.chunk(2, dim=1)
        scale = torch.tanh(first @ W)
        return torch.cat([first, second * scale.exp() + first**2], dim=1)

    return code.change.log_abs_det_jacobian(couple, x)


def log_det_of_warp(code: Any, A: Tensor, B: Tensor, x: Tensor) -> Tensor:
    """Return log |det J| of x -> B sinh(A x)."""
    return code.change.log_abs_det_jacobian(lambda v: torch.sinh(v @ A.T) @ B.T, x)


def push_laplace(code: Any, A: Tensor, scale: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return where Laplace points go under x -> A x, and their log-density there."""

    def log_prob(v: Tensor) -> Tensor:
        return (-v.abs() / scale - torch.log(2 * scale)).sum(-1)

    return code.change.pushforward_log_prob(lambda v: v @ A.T, x, log_prob)


def terms_of_wave(code: Any, mean: float, std: float, eps: Tensor, baseline: float) -> tuple[Tensor, Tensor]:
    """Return score-function and pathwise terms of f(x) = sin(2 x) + x^2."""

    def wave(x: Tensor) -> Tensor:
        return torch.sin(2 * x) + x**2

    score = code.montecarlo.score_function_terms(wave, mean, std, eps, baseline=baseline)
    return score, code.montecarlo.pathwise_terms(wave, mean, std, eps)


def chain_from(code: Any, precision: float, x: Tensor, step: float, noises: Tensor) -> Tensor:
    """Return where chains on N(0, 1 / precision) end that take one step with each of the noises."""
    for noise in noises:
        x = code.markov.langevin_step(x, lambda v: -precision * v, step, noise)
    return x
