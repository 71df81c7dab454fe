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
    # BEGIN SOLUTION
    counts = torch.ones_like(x) if mask is None else mask.expand(x.shape)
    n = counts.sum(dims, keepdim=True)
    mean = (counts * x).sum(dims, keepdim=True) / n
    variance = (counts * (x - mean) ** 2).sum(dims, keepdim=True) / n
    return (x - mean) / torch.sqrt(variance + eps)
    # END SOLUTION


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
    # BEGIN SOLUTION
    whole = tuple(range(1, x.ndim))
    return standardize(x, whole, eps, mask) * per_channel(weight, x) + per_channel(bias, x)
    # END SOLUTION


def instance_norm(
    x: Float[Tensor, "b c *dims"],
    weight: Float[Tensor, " c"],
    bias: Float[Tensor, " c"],
    eps: float = 1e-5,
    mask: Bool[Tensor, "b 1 *dims"] | None = None,
) -> Float[Tensor, "b c *dims"]:
    """Standardize each channel of each image, then scale and shift it (Ulyanov et al. 2016)."""
    # BEGIN SOLUTION
    positions = tuple(range(2, x.ndim))
    return standardize(x, positions, eps, mask) * per_channel(weight, x) + per_channel(bias, x)
    # END SOLUTION


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
    # BEGIN SOLUTION
    B, C = x.shape[:2]
    if C % groups:
        raise ValueError(f"{C} channels cannot be shared out to {groups} groups")
    grouped = x.reshape(B * groups, -1)  # b*g c/g*h*w
    counts = None if mask is None else mask.expand(x.shape).reshape(B * groups, -1)
    normalised = standardize(grouped, (1,), eps, counts).reshape(x.shape)
    return normalised * per_channel(weight, x) + per_channel(bias, x)
    # END SOLUTION


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
    # BEGIN SOLUTION
    # Standardize: with the running statistics, or with those of the batch, which move the running ones.
    if not training:
        shift, variance = per_channel(running_mean, x), per_channel(running_var, x)
        y = (x - shift) / (variance + eps).sqrt()
    else:
        values = x.transpose(0, 1).flatten(1).detach()  # c b*h*w
        if mask is not None:
            values = values[:, mask.flatten()]
        if values.shape[1] < 2:
            raise ValueError("one value in each channel has no variance; give a larger batch or image")
        y = standardize(x, (0, *range(2, x.ndim)), eps, mask)
        running_mean = running_mean + momentum * (values.mean(dim=1) - running_mean)
        running_var = running_var + momentum * (values.var(dim=1) - running_var)
    # Scale and shift each channel.
    return y * per_channel(weight, x) + per_channel(bias, x), running_mean, running_var
    # END SOLUTION
