"""Given: one number for each image, shaped so that it scales images and not columns."""

from jaxtyping import Shaped
from torch import Tensor


def per_image(values: Shaped[Tensor, " b"], x: Shaped[Tensor, "b *dims"]) -> Shaped[Tensor, "b *ones"]:
    """Return `values` with as many axes as `x`: shape (b, 1, ..., 1), dtype as it was."""
    return values.reshape(-1, *[1] * (x.ndim - 1))
