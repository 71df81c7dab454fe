"""Data that are finitely many points: the denoiser averages them, the nearest weighing most.

It is what a model with unlimited capacity learns from a training set (Karras et al. 2022, App. B.3). At low
noise it answers with a training image; that a good model does something else, it owes to its limits.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from .gaussian import LOG_2PI
from .level import Level, float64, per_sample, positive


def points_log_density(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, points: Float[Tensor, "n *dims"]
) -> Float[Tensor, " b"]:
    """Return log p(x_t) in nats when x0 is one of the points, all equally likely. Needs noise_std > 0."""
    logits, peak = _posterior_logits(x_t, scale, noise_std, points)
    return (logits.logsumexp(1) - math.log(len(points)) + peak).to(x_t.dtype)


def points_posterior(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, points: Float[Tensor, "n *dims"]
) -> Float[Tensor, "b n"]:
    """Return p(x0 is point i | x_t). Near noise_std = 0, which is excluded, the nearest point takes all."""
    logits, _ = _posterior_logits(x_t, scale, noise_std, points)
    return logits.softmax(1).to(x_t.dtype)


def points_score(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, points: Float[Tensor, "n *dims"]
) -> Float[Tensor, "b *dims"]:
    """Return the gradient of log p(x_t) when x0 is one of the points. Needs noise_std > 0."""
    x = x_t.double()
    a, s = per_sample(scale, x, "scale"), per_sample(noise_std, x, "noise_std")
    return ((a * points_denoiser(x, scale, noise_std, points) - x) / s / s).to(x_t.dtype)


def points_denoiser(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, points: Float[Tensor, "n *dims"]
) -> Float[Tensor, "b *dims"]:
    """Return E[x0 | x_t], the average of the points under their posterior. Needs noise_std > 0."""
    logits, _ = _posterior_logits(x_t, scale, noise_std, points)
    x0 = logits.softmax(1) @ float64(points, x_t).flatten(1)
    return x0.reshape(x_t.shape).to(x_t.dtype)


def _posterior_logits(
    x_t: Float[Tensor, "b *dims"], scale: Level, noise_std: Level, points: Float[Tensor, "n *dims"]
) -> tuple[Float[Tensor, "b n"], Float[Tensor, " b"]]:
    """Return the log-posterior with its largest entry set to 0, and log p(x_t | the nearest point)."""
    x = x_t.double().flatten(1)
    s = positive(per_sample(noise_std, x, "noise_std"))  # b 1
    distance = _distances(x, per_sample(scale, x, "scale"), float64(points, x).flatten(1))
    nearest = distance.amin(1, keepdim=True)
    # Dividing twice: the square of a very small noise_std would be 0, and 0/0 is not a number.
    logits = -0.5 * (distance - nearest) * (distance + nearest) / s / s
    peak = -0.5 * (nearest / s).square() - x.shape[1] * (s.log() + 0.5 * LOG_2PI)
    return logits, peak.squeeze(1)


def _distances(
    x: Float[Tensor, "b d"], scale: Float[Tensor, "b 1"], points: Float[Tensor, "n d"]
) -> Float[Tensor, "b n"]:
    """Return |x - scale * point|, formed from differences: expanding the square would cancel digits."""
    distance = x.new_empty(len(x), len(points))
    for value in set(scale.flatten().tolist()):
        rows = (scale == value).squeeze(1)
        distance[rows] = torch.cdist(x[rows], value * points, compute_mode="donot_use_mm_for_euclid_dist")
    return distance
