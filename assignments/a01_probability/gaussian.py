"""Gaussians of any covariance: evaluate, sample, compare, condition, and infer through a linear map.

`cov` is always a covariance, never a deviation and never a precision. Points are rows. Logarithms are
natural. A matrix that has no Cholesky factor raises ValueError, as `factor.cholesky` does.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .factor import cholesky

LOG_2PI = math.log(2 * math.pi)


def gaussian_log_prob(
    x: Float[Tensor, "b d"],
    mean: Float[Tensor, "#b d"],  # (1, d) for all points, or one for each
    cov: Float[Tensor, "#b d d"],
) -> Float[Tensor, " b"]:
    """Return log N(x; mean, cov) of each point, in nats.

    Works in float64 and returns x's dtype. Raises ValueError when a `cov` has no Cholesky factor.
    """
    raise NotImplementedError("TODO gaussian: read task 1.1 in README.md")


def gaussian_sample(
    mean: Float[Tensor, "#b d"],
    cov: Float[Tensor, "#b d d"],
    eps: Float[Tensor, "b d"],  # standard normal
) -> Float[Tensor, "b d"]:
    """Return mean + L eps for each row, with L the lower Cholesky factor of `cov`.

    Works in float64 and returns eps's dtype. Raises ValueError when a `cov` has no Cholesky factor.
    """
    raise NotImplementedError("TODO gaussian: read task 1.1 in README.md")


def gaussian_entropy(cov: Float[Tensor, "d d"]) -> Float[Tensor, ""]:
    """Return the differential entropy of N(., cov) in nats; it may be negative.

    Raises ValueError when `cov` has no Cholesky factor.
    """
    raise NotImplementedError("TODO gaussian_kl: read task 1.2 in README.md")


def gaussian_kl(
    mean_q: Float[Tensor, " d"],
    cov_q: Float[Tensor, "d d"],
    mean_p: Float[Tensor, " d"],
    cov_p: Float[Tensor, "d d"],
) -> Float[Tensor, ""]:
    """Return KL(N(mean_q, cov_q) || N(mean_p, cov_p)) in nats: the average under q of log q - log p.

    Raises ValueError when one of the covariances has no Cholesky factor.
    """
    raise NotImplementedError("TODO gaussian_kl: read task 1.2 in README.md")


def condition(
    mean: Float[Tensor, " d"],
    cov: Float[Tensor, "d d"],
    known: Int[Tensor, " k"],  # different coordinates, in any order
    value: Float[Tensor, " k"],  # value[i] is that of coordinate known[i]
) -> tuple[Float[Tensor, " r"], Float[Tensor, "r r"]]:
    """Return mean and covariance of the other coordinates, in ascending order, given the known ones.

    Bishop 2006, Sec. 2.3.1. Raises ValueError when the known coordinates' covariance has no Cholesky factor.
    """
    raise NotImplementedError("TODO condition: read task 1.3 in README.md")


def linear_posterior(
    mean: Float[Tensor, " d"],
    cov: Float[Tensor, "d d"],
    A: Float[Tensor, "m d"],
    b: Float[Tensor, " m"],
    noise_cov: Float[Tensor, "m m"],  # may be 0
    y: Float[Tensor, "n m"],  # observations, each of another x
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "d d"], Float[Tensor, " n"]]:
    """Return mean and covariance of x given y = A x + b + noise, and log p(y), observation by observation.

    x ~ N(mean, cov) and noise ~ N(0, noise_cov) (Bishop 2006, Sec. 2.3.3). Raises ValueError when
    A cov A^T + noise_cov has no Cholesky factor.
    """
    raise NotImplementedError("TODO linear_posterior: read task 1.4 in README.md")
