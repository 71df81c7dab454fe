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
    # BEGIN SOLUTION
    if capacity < 1 or any(not 1 <= len(clip) <= capacity for clip in clips):
        raise ValueError(f"these clips do not go into rows of {capacity}")
    used: list[int] = []  # positions of each row
    place = []
    for clip in clips:
        free = [row for row, taken in enumerate(used) if taken + len(clip) <= capacity]
        row = free[0] if free else len(used)
        if not free:
            used.append(0)
        place.append((row, used[row]))
        used[row] += len(clip)
    # Fill the rows.
    like = clips[0] if clips else torch.zeros(0, 1)
    tokens = like.new_zeros(len(used), capacity, like.shape[1])
    segment = torch.full((len(used), capacity), -1, device=like.device)
    for i, (clip, (row, start)) in enumerate(zip(clips, place, strict=True)):
        tokens[row, start : start + len(clip)] = clip
        segment[row, start : start + len(clip)] = i
    return Packed(tokens, segment, place)
    # END SOLUTION


def block_mask(segment: Int[Tensor, "rows capacity"]) -> Bool[Tensor, "rows capacity capacity"]:
    """Return who may look at whom: tokens at those of their clip, and where nothing is only at itself."""
    # BEGIN SOLUTION
    same = segment[:, :, None] == segment[:, None]  # rows capacity capacity
    itself = torch.eye(segment.shape[1], dtype=torch.bool, device=segment.device)
    return same & (segment >= 0)[:, :, None] | itself
    # END SOLUTION
