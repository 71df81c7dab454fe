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
    # BEGIN SOLUTION
    d = x.shape[1]
    scale = stds.double()
    log_w = log_weights.double().log_softmax(dim=0)

    # Differences, not the expanded square, which cancels digits; and no tensor of shape (b, k, d).
    plain = "donot_use_mm_for_euclid_dist"
    distance = torch.cdist(x.double(), means.double(), compute_mode=plain)  # b k
    log_normal = -0.5 * (distance / scale) ** 2 - d * (scale.log() + 0.5 * LOG_2PI)
    return (log_w + log_normal).to(x.dtype)
    # END SOLUTION


def mixture_log_prob(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, " b"]:
    """Return the log-density of the mixture at each point, in nats."""
    # BEGIN SOLUTION
    log_joint = component_log_joint(x.double(), log_weights, means, stds)  # b k
    return log_joint.logsumexp(1).to(x.dtype)
    # END SOLUTION


def responsibilities(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b k"]:
    """Return p(component | x): what part of the density at each point every component holds."""
    # BEGIN SOLUTION
    log_joint = component_log_joint(x.double(), log_weights, means, stds)  # b k
    return log_joint.softmax(1).to(x.dtype)
    # END SOLUTION


def mixture_score(
    x: Float[Tensor, "b d"],
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b d"]:
    """Return the gradient of the log-density with respect to x, at each point."""
    # BEGIN SOLUTION
    point = x.double()
    r = responsibilities(point, log_weights, means, stds) / stds.double() ** 2  # b k
    score = r @ means.double() - r.sum(1, keepdim=True) * point
    return score.to(x.dtype)
    # END SOLUTION


def tweedie_mean(
    x: Float[Tensor, "b d"],
    sigma: float,  # deviation of the noise
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],  # of the clean mixture; 0 is a point, and needs sigma > 0
) -> Float[Tensor, "b d"]:
    """Return E[x0 | x] for x = x0 + sigma noise and x0 from the mixture (Robbins 1956; Efron 2011)."""
    # BEGIN SOLUTION
    point = x.double()
    noisy = (stds.double() ** 2 + sigma**2).sqrt()
    score = mixture_score(point, log_weights, means, noisy)
    return (point + sigma**2 * score).to(x.dtype)
    # END SOLUTION


def tweedie_covariance(
    x: Float[Tensor, "b d"],
    sigma: float,
    log_weights: Float[Tensor, " k"],
    means: Float[Tensor, "k d"],
    stds: Float[Tensor, " k"],
) -> Float[Tensor, "b d d"]:
    """Return Cov[x0 | x], the uncertainty that is left: sigma^2 I + sigma^4 Hessian of log p_sigma."""
    # BEGIN SOLUTION
    d = x.shape[1]
    point, variance = x.double(), stds.double() ** 2
    total = variance + sigma**2
    gain = variance / total  # k, how far each component follows x
    r = responsibilities(point, log_weights, means, total.sqrt())  # b k

    # Law of total variance: within the components, and between their means.
    centre = means + gain[:, None] * (point[:, None] - means)  # b k d
    away = centre - (r[..., None] * centre).sum(1, keepdim=True)
    between = torch.einsum("bk,bki,bkj->bij", r, away, away)
    within = (r @ gain) * sigma**2  # b
    return (within[:, None, None] * torch.eye(d, dtype=torch.float64, device=x.device) + between).to(x.dtype)
    # END SOLUTION
