"""Given: one number for each image, shaped so that it scales images and not columns."""

from jaxtyping import Float
from torch import Tensor


def per_image(values: Float[Tensor, " b"], x: Float[Tensor, "b *dims"]) -> Float[Tensor, "b *ones"]:
    """Return `values` with as many axes as `x`: shape (b, 1, ..., 1), dtype as it was."""
    return values.reshape(-1, *[1] * (x.ndim - 1))
