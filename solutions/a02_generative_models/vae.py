"""Latent-variable models: how likely an image is once its latent is known, and two bounds where it is not.

Everything is in nats, one number for each image: a sum over its values, whatever its shape. `log_var` is the
logarithm of a variance (encoders), `log_std` that of a standard deviation (decoders).
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)

Encoder = Callable[
    [Tensor], tuple[Tensor, Tensor]
]  # images (b, ...) -> mean and log_var of q(z|x), both (b, d)
LogLikelihood = Callable[[Tensor, Tensor], Tensor]  # images (n, ...), latents (n, d) -> log p(x|z), (n,)


def kl_to_standard(mean: Float[Tensor, "b d"], log_var: Float[Tensor, "b d"]) -> Float[Tensor, " b"]:
    """Return KL(N(mean, exp(log_var)) || N(0, I)) of each image (Kingma and Welling 2014). Given."""
    return 0.5 * (mean**2 + log_var.exp() - 1 - log_var).sum(1)


def bernoulli_log_likelihood(
    x: Float[Tensor, "b *dims"], logits: Float[Tensor, "b *dims"]
) -> Float[Tensor, " b"]:
    """Return the sum over an image of x log p + (1 - x) log(1 - p), where p = sigmoid(logits).

    `x` is in [0, 1]. For black and white images this is log p(x); for grey ones it is a usual objective, and
    the logarithm of no probability. Right for logits of any size.
    """
    # BEGIN SOLUTION
    return -F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
    # END SOLUTION


def gaussian_log_likelihood(
    x: Float[Tensor, "b *dims"], mean: Float[Tensor, "*m"], log_std: Float[Tensor, "*s"]
) -> Float[Tensor, " b"]:
    """Return log N(x; mean, exp(log_std)^2), summed over an image; the constant is part of it.

    `mean` and `log_std` broadcast to `x`: a tensor without axes is one number for all values.
    """
    # BEGIN SOLUTION
    scaled = (x - mean) * torch.exp(-log_std)  # b *dims
    return -(0.5 * scaled**2 + log_std + 0.5 * LOG_2PI).flatten(1).sum(1)
    # END SOLUTION


def elbo(
    x: Float[Tensor, "b *dims"],
    encode: Encoder,
    log_likelihood: LogLikelihood,
    noise: Float[Tensor, "b d"],
    beta: float = 1.0,  # weight of the KL divergence; a bound on log p(x) from 1 on
) -> tuple[Float[Tensor, " b"], Float[Tensor, " b"], Float[Tensor, " b"]]:
    """Return the bound, and its two parts: reconstruction and KL(q(z|x) || N(0, I)), not yet weighted.

    One latent for each image, z = mean + deviation * noise, and the KL in closed form (Kingma and Welling
    2014); `beta` is that of Higgins et al. 2017. A bound, to be made large; not a loss.
    """
    # BEGIN SOLUTION
    mean, log_var = encode(x)  # b d
    z = mean + torch.exp(0.5 * log_var) * noise
    reconstruction, kl = log_likelihood(x, z), kl_to_standard(mean, log_var)
    return reconstruction - beta * kl, reconstruction, kl
    # END SOLUTION


def iwae_bound(
    x: Float[Tensor, "b *dims"],
    encode: Encoder,
    log_likelihood: LogLikelihood,
    noise: Float[Tensor, "k b d"],
) -> Float[Tensor, " b"]:
    """Return log (1/k) sum_i p(x|z_i) p(z_i) / q(z_i|x), z_i from noise[i] (Burda et al. 2016).

    `encode` is called once. `log_likelihood` takes any number of images with one latent each: all k b at
    once, or b at a time. Sums of very small probabilities do not underflow.
    """
    # BEGIN SOLUTION
    k, b = noise.shape[:2]
    mean, log_var = encode(x)
    z = mean + torch.exp(0.5 * log_var) * noise  # k b d

    # The logarithms of p(z) and q(z|x): their constants are the same, and cancel.
    log_prior = -0.5 * (z**2).sum(2)  # k b
    log_posterior = -0.5 * (noise**2 + log_var).sum(2)

    # All k copies of the batch at once.
    copies = x.expand(k, *x.shape).flatten(0, 1)
    log_p = log_likelihood(copies, z.flatten(0, 1)).reshape(k, b)
    return torch.logsumexp(log_p + log_prior - log_posterior, 0) - math.log(k)
    # END SOLUTION
