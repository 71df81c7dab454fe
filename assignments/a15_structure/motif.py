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
    raise NotImplementedError("TODO motif: read task 5.1 in README.md")


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
    raise NotImplementedError("TODO motif: read task 5.1 in README.md")
