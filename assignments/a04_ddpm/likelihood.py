"""The bound on the likelihood, term by term, in bits per dimension (Ho et al. 2020, Eq. 5).

    L_T    what is left of the image in pure noise             `prior_term`
    L_t    how far the model's step is from the posterior's    `vlb_terms`, t > 0
    L_0    what it costs to name the 256 grey levels           `vlb_terms`, t = 0

The sum of all terms bounds -log2 p(x_0), divided by the number of an image's values, from above.
Images, means and log-variances come in one dtype, float32 or float64, and results have it.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .forward import q_posterior


def normal_kl(
    mean_q: Float[Tensor, "b *dims"],
    log_variance_q: Float[Tensor, "b *#dims"],
    mean_p: Float[Tensor, "b *#dims"],
    log_variance_p: Float[Tensor, "b *#dims"],
) -> Float[Tensor, "b *dims"]:
    """Return KL(q || p) of two normal laws, value by value, in nats. Variances come as natural logarithms."""
    raise NotImplementedError("TODO vlb_terms: read task 3.2 in README.md")


def discretized_gaussian_log_likelihood(
    x0: Float[Tensor, "b *dims"],
    mean: Float[Tensor, "b *dims"],
    log_variance: Float[Tensor, "b *#dims"],
    floor: float = 1e-12,  # smallest probability: its logarithm is -27.6
) -> Float[Tensor, "b *dims"]:
    """Return the log-probability of each grey level under N(mean, exp(log_variance)), in nats.

    A level of `x0`, one of 256 from -1 to 1, owns the values nearer to it than to any other: an interval of
    half-width 1/255, without end for the darkest and the brightest (Ho et al. 2020, Eq. 13). Probabilities
    are raised to `floor`. Formed in float64.
    """
    raise NotImplementedError("TODO vlb_terms: read task 3.2 in README.md")


def vlb_terms(
    x0: Float[Tensor, "b *dims"],
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    mean: Float[Tensor, "b *dims"],
    log_variance: Float[Tensor, "b *#dims"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, " b"]:
    """Return each image's term of the bound at its own step, in bits per dimension (Ho et al. 2020, Eq. 5).

    `mean` and `log_variance` are those of the model's p(x_{t-1} | x_t). L_0 where t = 0, L_t elsewhere.
    """
    raise NotImplementedError("TODO vlb_terms: read task 3.2 in README.md")


def prior_term(x0: Float[Tensor, "b *dims"], alpha_bar: Float[Tensor, " T"]) -> Float[Tensor, " b"]:
    """Return L_T = KL(q(x_T | x_0) || N(0, 1)) of each image, in bits per dimension. No model is involved.

    q(x_T | x_0) is the law after the last step, T - 1.
    """
    raise NotImplementedError("TODO vlb_terms: read task 3.2 in README.md")
