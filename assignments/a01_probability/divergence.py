"""Distances between laws, and the Gaussians nearest to a mixture, one for each direction of KL."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


def forward_fit(
    log_weights: Float[Tensor, " k"], means: Float[Tensor, " k"], stds: Float[Tensor, " k"]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Return mean and deviation of the Gaussian N for which KL(mixture || N) is least, on the real line.

    `log_weights` are known up to a common constant.
    """
    raise NotImplementedError("TODO fits: read task 6.1 in README.md")


def reverse_kl(
    mean: Float[Tensor, ""],
    std: Float[Tensor, ""],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, " k"],
    stds: Float[Tensor, " k"],
    nodes: Float[Tensor, " n"],  # for a standard normal variable
    quadrature: Float[Tensor, " n"],  # their weights, which sum to 1
) -> Float[Tensor, ""]:
    """Return KL(N(mean, std^2) || mixture) as a weighted sum over nodes; gradients pass to mean and std."""
    raise NotImplementedError("TODO fits: read task 6.1 in README.md")


def js_divergence(p: Float[Tensor, "*b n"], q: Float[Tensor, "*b n"]) -> Float[Tensor, "*b"]:
    """Return the Jensen-Shannon divergence of each pair of probability vectors, in nats: 0 to log 2.

    Rows sum to 1, and may hold zeros: 0 log 0 is 0.
    """
    raise NotImplementedError("TODO distances: read task 6.2 in README.md")


def gaussian_w2_squared(
    mean_a: Float[Tensor, " d"],
    cov_a: Float[Tensor, "d d"],
    mean_b: Float[Tensor, " d"],
    cov_b: Float[Tensor, "d d"],
) -> Float[Tensor, ""]:
    """Return the square of the 2-Wasserstein distance of two Gaussians (Dowson and Landau 1982).

    The covariances may be singular.
    """
    raise NotImplementedError("TODO distances: read task 6.2 in README.md")
