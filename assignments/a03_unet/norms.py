"""Normalisation as one idea: some values share a mean and a variance; which ones is all that differs.

Axis 0 counts images, axis 1 channels, and what follows are positions, (H, W) or any other. `weight` and
`bias` have one number for each channel. `mask` says which positions count for mean and variance (None: all);
all positions are standardized, whether they count or not.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def standardize(
    x: Float[Tensor, "*shape"],
    dims: tuple[int, ...],  # axes along which values share a mean and a variance
    eps: float = 1e-5,  #     added to the variance
    mask: Bool[Tensor, "*#shape"] | None = None,  # values that count, broadcast to x; None: all
) -> Float[Tensor, "*shape"]:
    """Return (x - mean) / sqrt(variance + eps); the variance divides by the number of values that count."""
    raise NotImplementedError("TODO group_norm: read task 2.1 in README.md")


def per_channel(values: Float[Tensor, " c"], x: Float[Tensor, "b c *dims"]) -> Float[Tensor, "c *ones"]:
    """Return `values` in the shape (c, 1, ..., 1), so that they scale or shift the channels of `x`."""
    return values.reshape(-1, *[1] * (x.ndim - 2))


def layer_norm(
    x: Float[Tensor, "b c *dims"],
    weight: Float[Tensor, " c"],
    bias: Float[Tensor, " c"],
    eps: float = 1e-5,
    mask: Bool[Tensor, "b 1 *dims"] | None = None,
) -> Float[Tensor, "b c *dims"]:
    """Standardize each image as a whole, then scale and shift each channel (Ba et al. 2016)."""
    raise NotImplementedError("TODO group_norm: read task 2.1 in README.md")


def instance_norm(
    x: Float[Tensor, "b c *dims"],
    weight: Float[Tensor, " c"],
    bias: Float[Tensor, " c"],
    eps: float = 1e-5,
    mask: Bool[Tensor, "b 1 *dims"] | None = None,
) -> Float[Tensor, "b c *dims"]:
    """Standardize each channel of each image, then scale and shift it (Ulyanov et al. 2016)."""
    raise NotImplementedError("TODO group_norm: read task 2.1 in README.md")


def group_norm(
    x: Float[Tensor, "b c *dims"],
    groups: int,
    weight: Float[Tensor, " c"],
    bias: Float[Tensor, " c"],
    eps: float = 1e-5,
    mask: Bool[Tensor, "b 1 *dims"] | None = None,
) -> Float[Tensor, "b c *dims"]:
    """Standardize groups of neighbouring channels of each image, then scale and shift (Wu and He 2018).

    Raises ValueError when the channels cannot be shared out evenly.
    """
    raise NotImplementedError("TODO group_norm: read task 2.1 in README.md")


def batch_norm(
    x: Float[Tensor, "b c *dims"],
    weight: Float[Tensor, " c"],
    bias: Float[Tensor, " c"],
    running_mean: Float[Tensor, " c"],
    running_var: Float[Tensor, " c"],
    training: bool,
    momentum: float = 0.1,  # share of this batch in the new running statistics
    eps: float = 1e-5,
    mask: Bool[Tensor, "b 1 *dims"] | None = None,
) -> tuple[Float[Tensor, "b c *dims"], Float[Tensor, " c"], Float[Tensor, " c"]]:
    """Standardize each channel over batch and positions; return y, running mean and running variance.

    Ioffe and Szegedy 2015. In training the batch's own statistics are used, and the running ones move on;
    otherwise the running ones are used, and stay. The batch is standardized with its biased variance; what
    moves the running one is the unbiased one. The running statistics carry no gradient. Raises ValueError in
    training when fewer than two values of a channel count.
    """
    raise NotImplementedError("TODO batch_norm: read task 2.2 in README.md")
