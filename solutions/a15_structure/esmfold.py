"""ESMFold: a language model's layers become pairs, and the structure goes round again."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .geometry import virtual_cb

Trunk = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]  # s, z -> s, z, atoms
Layer = Callable[[Tensor], Tensor]


def mix_layers(states: Float[Tensor, "l *n d"], logits: Float[Tensor, " l"]) -> Float[Tensor, "*n d"]:
    """Return the mean of all layers' states with the softmax of the logits as weights (Lin et al. 2023)."""
    # BEGIN SOLUTION
    return torch.tensordot(logits.softmax(dim=0), states, dims=1)
    # END SOLUTION


def sequence_to_pair(q: Float[Tensor, "*b n c"], k: Float[Tensor, "*b n c"]) -> Float[Tensor, "*b n n d"]:
    """Return for each pair (i, j) the products q_j k_i, then the differences q_j - k_i; d = 2 c.

    Lin et al. 2023, as ESMFold's code has it.
    """
    # BEGIN SOLUTION
    column, row = q.unsqueeze(-3), k.unsqueeze(-2)
    return torch.cat([column * row, column - row], dim=-1)
    # END SOLUTION


def recycle_bins(atoms: Float[Tensor, "n 3 3"]) -> Int[Tensor, "n n"]:
    """Return how many of the 14 edges from 3.375 to 21.375 Å each distance of virtual CB exceeds: 0..14."""
    # BEGIN SOLUTION
    cb = virtual_cb(atoms)  # n 3
    distances = (cb[:, None] - cb).norm(dim=-1, keepdim=True)  # n n 1
    edges = torch.linspace(3.375, 21.375, 14, dtype=torch.float64, device=atoms.device)
    return (distances > edges).sum(dim=-1)
    # END SOLUTION


def fold(
    trunk: Trunk,
    norm_s: Layer,
    norm_z: Layer,
    disto: Layer,  #                bins (n n) -> n n c
    s0: Float[Tensor, "n d"],
    z0: Float[Tensor, "n n c"],
    recycles: int,
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n n c"], Float[Tensor, "n 3 3"]]:
    """Make recycles + 1 passes, each told what the last one returned; only the last one records gradients.

    Lin et al. 2023. The first pass is told zeros. Raises ValueError for recycles < 0.
    """
    # BEGIN SOLUTION
    if recycles < 0:
        raise ValueError(f"{recycles} recycles: the first pass is none, and there must be it")
    s, z = torch.zeros_like(s0), torch.zeros_like(z0)
    bins = torch.zeros(len(s0), len(s0), dtype=torch.long)
    with torch.no_grad():
        for _ in range(recycles):
            s, z, atoms = trunk(s0 + norm_s(s), z0 + norm_z(z) + disto(bins))
            bins = recycle_bins(atoms)
    return trunk(s0 + norm_s(s), z0 + norm_z(z) + disto(bins))
    # END SOLUTION
