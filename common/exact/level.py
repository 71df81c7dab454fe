"""The noise level of a batch: one number, or one number for each sample."""

import torch
from jaxtyping import Float
from torch import Tensor

Level = float | Float[Tensor, ""] | Float[Tensor, " b"]


def per_sample(level: Level, x_t: Float[Tensor, "b *dims"], name: str) -> Float[Tensor, "b *ones"]:
    """Return the level in float64, shaped so that it multiplies x_t sample by sample."""
    values = float64(level, x_t)
    if values.shape not in ((), (len(x_t),)):
        raise ValueError(
            f"{name} is one number or one for each of {len(x_t)} samples, not {tuple(values.shape)}"
        )
    if not bool((values >= 0).all()):  # also when it is NaN
        raise ValueError(f"{name} must not be negative or NaN, but it is {values.min():g}")
    return values.expand(len(x_t)).reshape(-1, *[1] * (x_t.ndim - 1))


def positive(spread: Tensor) -> Tensor:
    """Return the standard deviation or variance of x_t unchanged, or say that x_t has no density."""
    if not bool((spread > 0).all()):
        raise ValueError(
            "x_t has no density: noise_std (or its square) is 0 and the data have none of their own"
        )
    return spread


def float64(value: float | Tensor, like: Tensor) -> Tensor:
    """Return the value as a float64 tensor on the device of another."""
    return torch.as_tensor(value, dtype=torch.float64, device=like.device)
