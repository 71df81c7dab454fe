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
    # BEGIN SOLUTION
    wider = log_variance_p - log_variance_q
    distance = (mean_q - mean_p).square() * torch.exp(-log_variance_p)
    return (wider + torch.exp(-wider) + distance - 1) / 2
    # END SOLUTION


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
    # BEGIN SOLUTION
    # How much of the law lies below the upper and the lower end of each level.
    distance = x0.double() - mean
    deviation = torch.exp(log_variance / 2)
    below_upper = torch.special.ndtr((distance + 1 / 255) / deviation)
    below_lower = torch.special.ndtr((distance - 1 / 255) / deviation)
    # White and black have no outer end.
    below_upper = torch.where(x0 > 0.999, 1.0, below_upper)
    below_lower = torch.where(x0 < -0.999, 0.0, below_lower)
    return (below_upper - below_lower).clamp(min=floor).log().to(x0.dtype)
    # END SOLUTION


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
    # BEGIN SOLUTION
    # Both terms of every image, value by value.
    posterior_mean, _, posterior_log_variance = q_posterior(x0, x_t, t, alpha_bar)
    kl = normal_kl(posterior_mean, posterior_log_variance, mean, log_variance)
    decoder = -discretized_gaussian_log_likelihood(x0, mean, log_variance)
    # Each image needs one of them.
    kl, decoder = (nats.reshape(len(x0), -1).mean(dim=1) for nats in (kl, decoder))  # (b,)
    return torch.where(t == 0, decoder, kl) / math.log(2)
    # END SOLUTION


def prior_term(x0: Float[Tensor, "b *dims"], alpha_bar: Float[Tensor, " T"]) -> Float[Tensor, " b"]:
    """Return L_T = KL(q(x_T | x_0) || N(0, 1)) of each image, in bits per dimension. No model is involved.

    q(x_T | x_0) is the law after the last step, T - 1.
    """
    # BEGIN SOLUTION
    left = alpha_bar[-1]
    nats = (left * x0.square() - left - torch.log1p(-left)) / 2
    return nats.reshape(len(x0), -1).mean(dim=1) / math.log(2)
    # END SOLUTION
