"""Given: one number for each sample, shaped so that it scales samples and not columns."""

from jaxtyping import Float, Shaped
from torch import Tensor


def per_sample(values: Shaped[Tensor, "*b"], x: Shaped[Tensor, "b *dims"]) -> Float[Tensor, "*ones"]:
    """Return `values`, of shape (b,) or (), in float64 and in the shape (b, 1, ..., 1) or (1, 1, ..., 1)."""
    return values.double().reshape(-1, *[1] * (x.ndim - 1))


def sum_per_sample(x: Float[Tensor, "b *dims"]) -> Float[Tensor, " b"]:
    """Return for each sample the sum over its coordinates."""
    return x.reshape(len(x), -1).sum(dim=1)
