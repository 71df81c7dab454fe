"""Data from a mixture of Gaussians: a posterior over components, and a Gaussian within each."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from .gaussian import log_normal, marginal
from .level import Level, float64, per_sample


@dataclass(frozen=True)
class Mixture:
    """The law with density sum_k weights[k] N(x0; means[k], covariances[k]). A covariance may be singular."""

    weights: Float[Tensor, " k"]  # not negative; they are divided by their sum
    means: Float[Tensor, "k *dims"]
    covariances: Float[Tensor, "k d d"]  # of the flattened coordinates: d is the product of dims


def ring(k: int = 8, radius: float = 1.0, std: float = 0.1) -> Mixture:
    """Return k equally likely round Gaussians in the plane, their means equally spaced on a circle."""
    angle = torch.arange(k, dtype=torch.float64) * (2 * math.pi / k)
    means = radius * torch.stack([angle.cos(), angle.sin()], dim=1)
    covariances = std**2 * torch.eye(2, dtype=torch.float64).expand(k, 2, 2)
    return Mixture(torch.full((k,), 1 / k, dtype=torch.float64), means, covariances)


def mixture_sample(n: int, mixture: Mixture, generator: torch.Generator) -> Float[Tensor, "n *dims"]:
    """Draw n values of x0 from the mixture."""
    means = mixture.means.double().flatten(1)
    variances, axes = _principal_axes(mixture.covariances.double())
    k = torch.multinomial(mixture.weights.double(), n, replacement=True, generator=generator)
    eps = torch.randn(n, means.shape[1], dtype=torch.float64, device=means.device, generator=generator)
    x0 = means[k] + torch.einsum("nde,ne->nd", axes[k], variances[k].sqrt() * eps)
    return x0.reshape(n, *mixture.means.shape[1:]).to(mixture.means.dtype)


def mixture_log_density(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, mixture: Mixture
) -> Float[Tensor, " b"]:
    """Return log p(x_t) in nats when x0 follows the mixture."""
    log_joint, _, _ = _components(x_t, scale, noise_std, mixture)
    return log_joint.logsumexp(1).to(x_t.dtype)


def mixture_posterior(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, mixture: Mixture
) -> Float[Tensor, "b k"]:
    """Return p(component k | x_t): the classifier of noisy samples that no trained one can beat."""
    log_joint, _, _ = _components(x_t, scale, noise_std, mixture)
    return log_joint.softmax(1).to(x_t.dtype)


def mixture_score(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, mixture: Mixture
) -> Float[Tensor, "b *dims"]:
    """Return the gradient of log p(x_t): the scores of the components, averaged with their posterior."""
    log_joint, scores, _ = _components(x_t, scale, noise_std, mixture)
    score = torch.einsum("bk,bkd->bd", log_joint.softmax(1), scores)
    return score.reshape(x_t.shape).to(x_t.dtype)


def mixture_denoiser(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, mixture: Mixture
) -> Float[Tensor, "b *dims"]:
    """Return E[x0 | x_t]: the denoisers of the components, averaged with their posterior."""
    log_joint, _, denoised = _components(x_t, scale, noise_std, mixture)
    x0 = torch.einsum("bk,bkd->bd", log_joint.softmax(1), denoised)
    return x0.reshape(x_t.shape).to(x_t.dtype)


def _components(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, mixture: Mixture
) -> tuple[Float[Tensor, "b k"], Float[Tensor, "b k d"], Float[Tensor, "b k d"]]:
    """Return log p(k, x_t), and for each component alone its score and its denoiser.

    Along the principal axes of its covariance a component has independent coordinates, at every noise level.
    """
    x = x_t.double().flatten(1)[:, None]  # b 1 d
    means = float64(mixture.means, x).flatten(1)  # k d
    variances, axes = _principal_axes(float64(mixture.covariances, x))
    along = torch.einsum("kde,bkd->bke", axes, x - per_sample(scale, x, "scale") * means)
    residual, total, gain = marginal(along, scale, noise_std, 0.0, variances)
    weights = float64(mixture.weights, x)
    log_joint = (weights / weights.sum()).log() + log_normal(residual, total).sum(2)
    scores = torch.einsum("kde,bke->bkd", axes, -residual / total)
    denoised = means + torch.einsum("kde,bke->bkd", axes, gain * residual)
    return log_joint, scores, denoised


def _principal_axes(
    covariances: Float[Tensor, "k d d"],
) -> tuple[Float[Tensor, "k d"], Float[Tensor, "k d d"]]:
    """Return the variances of each component along its principal axes, and the axes as columns."""
    variances, axes = torch.linalg.eigh(covariances)
    return variances.clamp_min(0), axes
