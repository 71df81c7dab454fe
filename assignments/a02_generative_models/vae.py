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
    raise NotImplementedError("TODO likelihoods: read task 1.1 in README.md")


def gaussian_log_likelihood(
    x: Float[Tensor, "b *dims"], mean: Float[Tensor, "*m"], log_std: Float[Tensor, "*s"]
) -> Float[Tensor, " b"]:
    """Return log N(x; mean, exp(log_std)^2), summed over an image; the constant is part of it.

    `mean` and `log_std` broadcast to `x`: a tensor without axes is one number for all values.
    """
    raise NotImplementedError("TODO likelihoods: read task 1.1 in README.md")


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
    raise NotImplementedError("TODO elbo: read task 1.2 in README.md")


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
    raise NotImplementedError("TODO iwae_bound: read task 1.3 in README.md")
