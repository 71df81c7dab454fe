"""What the checks run beside your code: models whose likelihood is known, and what calls leave behind.

Each play returns its evidence as data: results, gradients, or the arguments as they are afterwards.
"""

from typing import Any

import torch
from torch import Tensor

from common.exact import gaussian_log_density


def returned(value: Any, function: str) -> Any:
    """Return what `function` returned; None would only be met later, and named by nobody."""
    if value is None:
        raise TypeError(f"{function} returned None. Is the `return` missing?")
    return value


class LinearGaussian:
    """Images W z + shift + noise of one variance, and an encoder that is linear too.

    The encoder's mean is (x - shift) gain + offset; its log_var is the one given, plus tilt times the mean.
    """

    def __init__(
        self,
        W: Tensor,  #        (values of an image, d)
        shift: Tensor,  #    (values of an image,)
        variance: Tensor,  # of the images' noise
        gain: Tensor,  #     (values of an image, d)
        offset: Tensor,  #   (d,)
        log_var: Tensor,  #  (d,)
        tilt: Tensor,  #     a number
    ) -> None:
        self.W, self.shift, self.variance = W, shift, variance
        self.gain, self.offset, self.log_var, self.tilt = gain, offset, log_var, tilt
        self.encoded = 0  # how often

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log_var, (b, d)."""
        self.encoded += 1
        mean = (x.flatten(1) - self.shift) @ self.gain + self.offset
        return mean, self.log_var + self.tilt * mean

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return log p(x|z) of n images with one latent each."""
        _refuse_unequal(x, z)
        return gaussian_log_density(x.flatten(1), 1, 0, z @ self.W.T + self.shift, self.variance)


class Table:
    """Laws q(z|x) that are written down, and a log-likelihood that is the scalar product of x and z."""

    def __init__(self, mean: Tensor, log_var: Tensor) -> None:
        self.mean, self.log_var = mean, log_var

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log_var, (b, d)."""
        return self.mean, self.log_var

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return x . z of n images with one latent each."""
        _refuse_unequal(x, z)
        return (x * z).sum(1)


def _refuse_unequal(x: Tensor, z: Tensor) -> None:
    if z.ndim != 2 or len(x) != len(z):
        raise ValueError(
            f"log_likelihood got images of shape {tuple(x.shape)} and latents of shape {tuple(z.shape)}; "
            "it takes (n, ...) and (n, d): one latent for each image"
        )


# -------------------- 1.1 likelihoods
def gradients_of_likelihoods(
    code: Any, x: Tensor, logits: Tensor, mean: Tensor, log_std: Tensor
) -> list[Tensor]:
    """Return the gradients with respect to the logits, the mean and log_std."""
    inputs = [logits.requires_grad_(), mean.requires_grad_(), log_std.requires_grad_()]
    of_logits = returned(code.vae.bernoulli_log_likelihood(x, logits), "bernoulli_log_likelihood")
    of_normal = returned(code.vae.gaussian_log_likelihood(x, mean, log_std), "gaussian_log_likelihood")
    return [
        *torch.autograd.grad(of_logits.sum(), inputs[:1]),
        *torch.autograd.grad(of_normal.sum(), inputs[1:]),
    ]


def after_likelihoods(code: Any, x: Tensor, logits: Tensor, log_std: Tensor) -> list[Tensor]:
    """Return the arguments as the two likelihoods leave them."""
    code.vae.bernoulli_log_likelihood(x, logits)
    code.vae.gaussian_log_likelihood(x, logits, log_std)
    return [x, logits, log_std]


# -------------------- 1.2 elbo
def elbo(code: Any, x: Tensor, model: list[Tensor], noise: Tensor, **settings: float) -> dict[str, Any]:
    """Return the bound and its two parts for a linear model, and how often the encoder was asked."""
    linear = LinearGaussian(*model)
    parts = code.vae.elbo(x, linear.encode, linear.log_likelihood, noise, **settings)
    bound, reconstruction, kl = returned(parts, "elbo")
    return {"elbo": bound, "reconstruction": reconstruction, "kl": kl, "encoded": linear.encoded}


def plain_elbo(
    code: Any, x: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor, **settings: float
) -> dict[str, Tensor]:
    """Return the bound and its two parts when log p(x|z) is the scalar product of x and z."""
    table = Table(mean, log_var)
    parts = code.vae.elbo(x, table.encode, table.log_likelihood, noise, **settings)
    bound, reconstruction, kl = returned(parts, "elbo")
    return {"elbo": bound, "reconstruction": reconstruction, "kl": kl}


def gradients_of_elbo(
    code: Any, x: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor, beta: float
) -> list[Tensor]:
    """Return the gradients of the summed bound with respect to mean and log_var, for the plain likelihood."""
    table = Table(mean.requires_grad_(), log_var.requires_grad_())
    parts = returned(code.vae.elbo(x, table.encode, table.log_likelihood, noise, beta), "elbo")
    return list(torch.autograd.grad(parts[0].sum(), [mean, log_var]))


# -------------------- 1.3 iwae_bound
def iwae_bound(code: Any, x: Tensor, model: list[Tensor], noise: Tensor) -> dict[str, Any]:
    """Return the bound for a linear model, and how often the encoder was asked."""
    linear = LinearGaussian(*model)
    bound = returned(code.vae.iwae_bound(x, linear.encode, linear.log_likelihood, noise), "iwae_bound")
    return {"bound": bound, "encoded": linear.encoded}


def plain_iwae_bound(code: Any, x: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor) -> Tensor:
    """Return the bound when log p(x|z) is the scalar product of x and z."""
    table = Table(mean, log_var)
    return returned(code.vae.iwae_bound(x, table.encode, table.log_likelihood, noise), "iwae_bound")


def gradients_of_iwae_bound(
    code: Any, x: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor
) -> list[Tensor]:
    """Return the gradients of the summed bound with respect to mean and log_var, for the plain likelihood."""
    table = Table(mean.requires_grad_(), log_var.requires_grad_())
    bound = returned(code.vae.iwae_bound(x, table.encode, table.log_likelihood, noise), "iwae_bound")
    return list(torch.autograd.grad(bound.sum(), [mean, log_var]))


def after_bounds(code: Any, x: Tensor, mean: Tensor, log_var: Tensor, noise: Tensor) -> list[Tensor]:
    """Return the arguments, and what the encoder gave, as the two bounds leave them."""
    table = Table(mean, log_var)
    code.vae.elbo(x, table.encode, table.log_likelihood, noise[0])
    code.vae.iwae_bound(x, table.encode, table.log_likelihood, noise)
    return [x, mean, log_var, noise]


# -------------------- 1.4 ppca
def after_ppca(code: Any, x: Tensor, W: Tensor, variance: Tensor) -> list[Tensor]:
    """Return the arguments as the two functions leave them."""
    code.ppca.ppca(x, W.shape[1])
    code.ppca.ppca_posterior(x, x[0], W, variance)
    return [x, W, variance]


# -------------------- 3.5 dequantize
def gradients_of_bits(code: Any, v: Tensor, y: Tensor) -> list[Tensor]:
    """Return the gradients of the two maps' log-determinants, summed."""
    of_v = returned(code.bits.to_logits(v.requires_grad_()), "to_logits")[1]
    of_y = returned(code.bits.from_logits(y.requires_grad_()), "from_logits")[1]
    return [torch.autograd.grad(of_v.sum(), v)[0], torch.autograd.grad(of_y.sum(), y)[0]]


def after_bits(code: Any, k: Tensor, u: Tensor, y: Tensor) -> list[Tensor]:
    """Return the arguments as the functions of task 3.5 leave them."""
    code.bits.dequantize(k, u, 4)
    code.bits.quantize(u, 4)
    code.bits.to_logits(u)
    code.bits.from_logits(y)
    code.bits.bits_per_dim(y[:, 0], 3, 4)
    return [k, u, y]


# -------------------- yardstick of speed, and what is measured
def _flat(W: Tensor) -> LinearGaussian:
    """Return a decoder with an encoder that answers N(0, 1), whatever it sees."""
    zero = torch.zeros(W.shape[1], dtype=W.dtype)
    one = torch.ones((), dtype=W.dtype)
    return LinearGaussian(W, torch.zeros(len(W), dtype=W.dtype), one, 0 * W, zero, zero, 0 * one)


def iwae_bound_of_many(code: Any, x: Tensor, W: Tensor, noise: Tensor) -> Tensor:
    """Return the bound for a linear decoder."""
    model = _flat(W)
    return code.vae.iwae_bound(x, model.encode, model.log_likelihood, noise)


def likelihoods_of_many(code: Any, x: Tensor, W: Tensor, noise: Tensor) -> Tensor:
    """Return the likelihood of all images with all latents, once: the work that nobody can avoid."""
    k, b = noise.shape[:2]
    return _flat(W).log_likelihood(x.repeat(k, 1), noise.flatten(0, 1)).reshape(k, b)
