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
    # BEGIN SOLUTION
    w = log_weights.softmax(dim=0)
    mean = (w * means).sum()
    variance = (w * (stds**2 + (means - mean) ** 2)).sum()
    return mean, variance.sqrt()
    # END SOLUTION


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
    # BEGIN SOLUTION
    x = mean + std * nodes  # n
    log_q = -0.5 * (nodes**2 + LOG_2PI) - std.log()

    away = (x[:, None] - means) / stds  # n k
    log_joint = log_weights.log_softmax(dim=0) - 0.5 * (away**2 + LOG_2PI) - stds.log()
    log_p = log_joint.logsumexp(1)
    return (quadrature * (log_q - log_p)).sum()
    # END SOLUTION


def js_divergence(p: Float[Tensor, "*b n"], q: Float[Tensor, "*b n"]) -> Float[Tensor, "*b"]:
    """Return the Jensen-Shannon divergence of each pair of probability vectors, in nats: 0 to log 2.

    Rows sum to 1, and may hold zeros: 0 log 0 is 0.
    """
    # BEGIN SOLUTION
    middle = 0.5 * (p + q)

    def kl_to_middle(a: Tensor) -> Tensor:
        return (torch.xlogy(a, a) - torch.xlogy(a, middle)).sum(-1)

    return 0.5 * (kl_to_middle(p) + kl_to_middle(q))
    # END SOLUTION


def gaussian_w2_squared(
    mean_a: Float[Tensor, " d"],
    cov_a: Float[Tensor, "d d"],
    mean_b: Float[Tensor, " d"],
    cov_b: Float[Tensor, "d d"],
) -> Float[Tensor, ""]:
    """Return the square of the 2-Wasserstein distance of two Gaussians (Dowson and Landau 1982).

    The covariances may be singular.
    """
    # BEGIN SOLUTION
    values, vectors = torch.linalg.eigh(cov_a)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T  # d d, root @ root = cov_a

    # Eigenvalues of root cov_b root are those of cov_a cov_b, but of a symmetric matrix.
    overlap = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    apart = (mean_a - mean_b).square().sum()
    return apart + cov_a.trace() + cov_b.trace() - 2 * overlap
    # END SOLUTION
