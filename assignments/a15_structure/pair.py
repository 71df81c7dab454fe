"""What residues say about pairs: every third residue closes a triangle."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def triangle_multiply(
    a: Float[Tensor, "*b n n c"], b: Float[Tensor, "*b n n c"], outgoing: bool = True
) -> Float[Tensor, "*b n n c"]:
    """Return for each pair (i, j) the sum over k of a_ik b_jk, or of a_ki b_kj where edges come in.

    Jumper et al. 2021, Supplement, Algorithms 11 and 12, without their projections, gates and norms.
    """
    raise NotImplementedError("TODO triangles: read task 6.1 in README.md")


def triangle_attention(
    q: Float[Tensor, "h n n c"],
    k: Float[Tensor, "h n n c"],
    v: Float[Tensor, "h n n c"],
    bias: Float[Tensor, "h n n"],
    starting: bool = True,
) -> Float[Tensor, "h n n c"]:
    """Return what each pair (i, j) finds at the pairs (i, k), or at (k, j) around the ending node.

    Jumper et al. 2021, Supplement, Algorithms 13 and 14, without their projections and gates.
    """
    raise NotImplementedError("TODO triangles: read task 6.1 in README.md")
