"""Clips of any size in one batch: several in a row, and none sees another (Dehghani et al. 2023, NaViT)."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Packed:
    """Clips in rows."""

    tokens: Float[Tensor, "rows capacity d"]  # 0 where nothing is
    segment: Int[Tensor, "rows capacity"]  #    index of the clip, -1 where nothing is
    place: list[tuple[int, int]]  #             row and first position of each clip


# -------------------- 6.2 packing
def pack(clips: list[Float[Tensor, "n_i d"]], capacity: int) -> Packed:
    """Put each clip into the first row with room for it, in the order given; a new row if there is none.

    Raises ValueError for a clip that is empty or longer than a row, and for a capacity below 1.
    """
    raise NotImplementedError("TODO packing: read task 6.2 in README.md")


def block_mask(segment: Int[Tensor, "rows capacity"]) -> Bool[Tensor, "rows capacity capacity"]:
    """Return who may look at whom: tokens at those of their clip, and where nothing is only at itself."""
    raise NotImplementedError("TODO packing: read task 6.2 in README.md")
