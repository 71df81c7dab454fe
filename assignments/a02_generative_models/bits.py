"""From grey levels to a density and back: what makes likelihoods of discrete images comparable.

Grey levels are whole numbers k = 0 .. levels - 1; a density lives on v = (k + u) / levels in [0, 1), and a
model on y = logit(...), which may be any number. Log-determinants are sums over an image, one number each.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def dequantize(
    k: Int[Tensor, "b *dims"], u: Float[Tensor, "b *dims"], levels: int
) -> Float[Tensor, "b *dims"]:
    """Return (k + u) / levels for u in [0, 1), in the dtype of u."""
    raise NotImplementedError("TODO dequantize: read task 3.5 in README.md")


def quantize(v: Float[Tensor, "b *dims"], levels: int) -> Int[Tensor, "b *dims"]:
    """Return the grey level of each value, int64; values outside [0, 1) get the nearest level."""
    raise NotImplementedError("TODO dequantize: read task 3.5 in README.md")


def to_logits(
    v: Float[Tensor, "b *dims"],
    alpha: float = 0.05,  # how far the ends of [0, 1] are kept from where the logit is infinite
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Return y = logit(alpha + (1 - 2 alpha) v) and the log-determinant of this map."""
    raise NotImplementedError("TODO dequantize: read task 3.5 in README.md")


def from_logits(
    y: Float[Tensor, "b *dims"], alpha: float = 0.05
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Return v, and the log-determinant of the map from y to v."""
    raise NotImplementedError("TODO dequantize: read task 3.5 in README.md")


def bits_per_dim(
    log_density: Float[Tensor, " b"],  # of v, in nats
    dims: int,  #                        values of an image
    levels: int,
    log_q: float | Float[Tensor, " b"] = 0.0,  # log-density of u, when it was not drawn evenly
) -> Float[Tensor, " b"]:
    """Return what an image of whole grey levels costs: at most so many bits for each of its values.

    Theis et al. 2016; with `log_q` the bound is that of variational dequantisation (Ho et al. 2019).
    """
    raise NotImplementedError("TODO dequantize: read task 3.5 in README.md")
