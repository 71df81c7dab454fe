"""Data with independent Gaussian coordinates: everything about x_t is affine or quadratic."""

import math

from jaxtyping import Float
from torch import Tensor

from .level import Level, float64, per_sample, positive

LOG_2PI = math.log(2 * math.pi)


def gaussian_log_density(
    x_t: Float[Tensor, "b *dims"],
    scale: Level,
    noise_std: Level,
    mean: float | Float[Tensor, "*#dims"],
    variance: float | Float[Tensor, "*#dims"],
) -> Float[Tensor, " b"]:
    """Return log p(x_t) in nats when the coordinates of x0 are independent N(mean, variance)."""
    residual, total, _ = marginal(x_t, scale, noise_std, mean, variance)
    return log_normal(residual, total).flatten(1).sum(1).to(x_t.dtype)


def gaussian_score(
    x_t: Float[Tensor, "b *dims"],
    scale: Level,
    noise_std: Level,
    mean: float | Float[Tensor, "*#dims"],
    variance: float | Float[Tensor, "*#dims"],
) -> Float[Tensor, "b *dims"]:
    """Return the gradient of log p(x_t) when the coordinates of x0 are independent N(mean, variance)."""
    residual, total, _ = marginal(x_t, scale, noise_std, mean, variance)
    return (-residual / total).to(x_t.dtype)


def gaussian_denoiser(
    x_t: Float[Tensor, "b *dims"],
    scale: Level,
    noise_std: Level,
    mean: float | Float[Tensor, "*#dims"],
    variance: float | Float[Tensor, "*#dims"],
) -> Float[Tensor, "b *dims"]:
    """Return E[x0 | x_t] when the coordinates of x0 are independent N(mean, variance).

    Source: Bishop 2006, Eq. 2.116.
    """
    residual, _, gain = marginal(x_t, scale, noise_std, mean, variance)
    return (float64(mean, x_t) + gain * residual).to(x_t.dtype)


def marginal(
    x_t: Float[Tensor, "b *dims"],
    scale: Level,
    noise_std: Level,
    mean: float | Float[Tensor, "*#dims"],
    variance: float | Float[Tensor, "*#dims"],
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *#dims"], Float[Tensor, "b *#dims"]]:
    """Return x_t minus its mean, the variance of x_t, and the gain with which the denoiser follows x_t."""
    a, s = per_sample(scale, x_t, "scale"), per_sample(noise_std, x_t, "noise_std")
    residual = x_t.double() - a * float64(mean, x_t)
    total = positive(a.square() * float64(variance, x_t) + s.square())
    return residual, total, a * float64(variance, x_t) / total


def log_normal(residual: Float[Tensor, "*dims"], variance: Float[Tensor, "*#dims"]) -> Float[Tensor, "*dims"]:
    """Return log N(residual; 0, variance) of each coordinate."""
    return -0.5 * (residual.square() / variance + variance.log() + LOG_2PI)
