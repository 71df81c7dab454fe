"""Mixtures of round Gaussians: density, score, and what a noisy point says about the clean one.

A mixture is `log_weights` (k,), the logarithms of its weights up to a common constant, `means` (k, d), and
`stds` (k,), the deviations of its components. Everything works in float64 and returns x's dtype.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)


def component_log_joint(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b k"]:
    """Return log(w_k N(x; means[k], stds[k]^2 I)) for each point and component; the weights w sum to 1.

    A log-weight may be -inf: that component then has the value -inf.
    """
    raise NotImplementedError("TODO mixture: read task 4.1 in README.md")


def mixture_log_prob(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, " b"]:
    """Return the log-density of the mixture at each point, in nats."""
    raise NotImplementedError("TODO mixture: read task 4.1 in README.md")


def responsibilities(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b k"]:
    """Return p(component | x): what part of the density at each point every component holds."""
    raise NotImplementedError("TODO mixture: read task 4.1 in README.md")


def mixture_score(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b d"]:
    """Return the gradient of the log-density with respect to x, at each point."""
    raise NotImplementedError("TODO tweedie: read task 4.2 in README.md")


def tweedie_mean(
    x: Float[Tensor, "b d"],
    sigma: float,  # deviation of the noise
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],  # of the clean mixture; 0 is a point, and needs sigma > 0
) -> Float[Tensor, "b d"]:
    """Return E[x0 | x] for x = x0 + sigma noise and x0 from the mixture (Robbins 1956; Efron 2011)."""
    raise NotImplementedError("TODO tweedie: read task 4.2 in README.md")


def tweedie_covariance(
    x: Float[Tensor, "b d"],
    sigma: float,
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b d d"]:
    """Return Cov[x0 | x], the uncertainty that is left: sigma^2 I + sigma^4 Hessian of log p_sigma."""
    raise NotImplementedError("TODO tweedie: read task 4.2 in README.md")
