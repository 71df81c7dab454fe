"""Exact denoisers: what a perfectly trained model would answer when the law of the data is known.

Everything here speaks about one noisy observation with standard normal eps, independent of x0,

    x_t = scale * x0 + noise_std * eps,

and gives, for three laws of x0, the log-density of x_t, its score (the gradient of the log-density with
respect to x_t) and the denoiser E[x0 | x_t]. Score and denoiser carry the same knowledge (Tweedie's formula,
Efron 2011):

    scale * E[x0 | x_t] = x_t + noise_std**2 * score.

The laws are siblings with one signature, `law_quantity(x_t, scale, noise_std, ...)`:

    gaussian_*   independent Gaussian coordinates, for images of any shape; the denoiser is affine
    mixture_*    Gaussians with full covariances; one component is the general Gaussian
    points_*     finitely many points, all equally likely, for instance the training set

`scale` and `noise_std` are numbers, or tensors with one value for each sample, so no schedule is implied.
scale = 0 is pure noise, where the denoiser is the mean of the data. noise_std = 0 is allowed as long as the
data have a density of their own; otherwise a ValueError says that x_t has none. Sums are formed in float64
whatever the dtype of x_t, which is the dtype of the result.
"""

from .gaussian import gaussian_denoiser, gaussian_log_density, gaussian_score
from .mixture import (
    Mixture,
    mixture_denoiser,
    mixture_log_density,
    mixture_posterior,
    mixture_sample,
    mixture_score,
    ring,
)
from .points import points_denoiser, points_log_density, points_posterior, points_score

__all__ = [
    "Mixture",
    "gaussian_denoiser",
    "gaussian_log_density",
    "gaussian_score",
    "mixture_denoiser",
    "mixture_log_density",
    "mixture_posterior",
    "mixture_sample",
    "mixture_score",
    "points_denoiser",
    "points_log_density",
    "points_posterior",
    "points_score",
    "ring",
]
