"""Given: what a batch of pairs must be before its loss means anything, and numbers that belong to images."""

from jaxtyping import Shaped
from torch import Tensor


def count_pairs(parts: tuple[Tensor, ...]) -> int:
    """Return how many pairs there are; ValueError for none, or if the parts have different numbers."""
    numbers = [len(part) for part in parts]
    if numbers[0] == 0 or len(set(numbers)) > 1:
        raise ValueError(f"pairs need rows, as many in each part; these have {numbers}")
    return numbers[0]


def per_image(values: Shaped[Tensor, " b"], x: Shaped[Tensor, "b *dims"]) -> Shaped[Tensor, "b *ones"]:
    """Return `values` with as many axes as `x`: shape (b, 1, ..., 1), so that they scale images."""
    return values.reshape(-1, *[1] * (x.ndim - 1))
