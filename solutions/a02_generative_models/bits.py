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
    # BEGIN SOLUTION
    return (k + u) / levels
    # END SOLUTION


def quantize(v: Float[Tensor, "b *dims"], levels: int) -> Int[Tensor, "b *dims"]:
    """Return the grey level of each value, int64; values outside [0, 1) get the nearest level."""
    # BEGIN SOLUTION
    return (v * levels).floor().clamp(0, levels - 1).long()
    # END SOLUTION


def to_logits(
    v: Float[Tensor, "b *dims"],
    alpha: float = 0.05,  # how far the ends of [0, 1] are kept from where the logit is infinite
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Return y = logit(alpha + (1 - 2 alpha) v) and the log-determinant of this map."""
    # BEGIN SOLUTION
    s = alpha + (1 - 2 * alpha) * v
    log_s, log_rest = torch.log(s), torch.log(1 - s)
    log_det = (math.log(1 - 2 * alpha) - log_s - log_rest).flatten(1).sum(1)
    return log_s - log_rest, log_det
    # END SOLUTION


def from_logits(
    y: Float[Tensor, "b *dims"], alpha: float = 0.05
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, " b"]]:
    """Return v, and the log-determinant of the map from y to v."""
    # BEGIN SOLUTION
    v = (torch.sigmoid(y) - alpha) / (1 - 2 * alpha)
    slope = F.logsigmoid(y) + F.logsigmoid(-y) - math.log(1 - 2 * alpha)  # logarithm of dv / dy
    return v, slope.flatten(1).sum(1)
    # END SOLUTION


def bits_per_dim(
    log_density: Float[Tensor, " b"],  # of v, in nats
    dims: int,  #                        values of an image
    levels: int,
    log_q: float | Float[Tensor, " b"] = 0.0,  # log-density of u, when it was not drawn evenly
) -> Float[Tensor, " b"]:
    """Return what an image of whole grey levels costs: at most so many bits for each of its values.

    Theis et al. 2016; with `log_q` the bound is that of variational dequantisation (Ho et al. 2019).
    """
    # BEGIN SOLUTION
    return (log_q - log_density) / (dims * math.log(2)) + math.log2(levels)
    # END SOLUTION
