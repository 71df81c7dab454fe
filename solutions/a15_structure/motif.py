"""RFdiffusion's contigs: which residues are new, which are kept, and where the kept ones go."""

import re

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def parse_contig(contig: str, length: int) -> tuple[Bool[Tensor, " L"], Int[Tensor, " L"]]:
    """Return for each residue of the design whether it is fixed, and its place in the reference or -1.

    Watson et al. 2023. `length` is that of the reference, whose residues are numbered from 1. Raises
    ValueError for what names no residue, one twice, or one that is not there, and for any other text.
    """
    # BEGIN SOLUTION
    index: list[int] = []
    for part in contig.split("/"):
        found = re.fullmatch(r"([0-9]+)|[A-Za-z]([0-9]+)(?:-([0-9]+))?", part)
        if not found:
            raise ValueError(f"{part!r} is neither a number nor a range such as A5-7")
        new, first, last = found.groups()
        if new:
            index += [-1] * int(new)
            continue
        kept = range(int(first) - 1, int(last or first))
        if not kept or kept[0] < 0 or kept[-1] >= length:
            raise ValueError(f"{part!r} is not within 1..{length}")
        index += kept
    places = torch.tensor(index)
    mask = places >= 0
    if not index or len(places[mask].unique()) < mask.sum():
        raise ValueError(f"{contig!r} names nothing, or a residue twice")
    return mask, places
    # END SOLUTION


def place_motif(
    R: Float[Tensor, "L 3 3"],
    x: Float[Tensor, "L 3"],
    R_ref: Float[Tensor, "m 3 3"],
    x_ref: Float[Tensor, "m 3"],
    mask: Bool[Tensor, " L"],
    index: Int[Tensor, " L"],
) -> tuple[Float[Tensor, "L 3 3"], Float[Tensor, "L 3"]]:
    """Return the frames with the motif's in their places, the motif's CA centred at the origin.

    Watson et al. 2023. Where nothing is fixed, what came is returned; arguments stay as they are.
    """
    # BEGIN SOLUTION
    kept = index[mask]
    motif = x_ref[kept]  # k 3
    return R.index_put((mask,), R_ref[kept]), x.index_put((mask,), motif - motif.mean(dim=0))
    # END SOLUTION
