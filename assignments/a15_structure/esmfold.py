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
    raise NotImplementedError("TODO lm_to_pair: read task 6.2 in README.md")


def sequence_to_pair(q: Float[Tensor, "*b n c"], k: Float[Tensor, "*b n c"]) -> Float[Tensor, "*b n n d"]:
    """Return for each pair (i, j) the products q_j k_i, then the differences q_j - k_i; d = 2 c.

    Lin et al. 2023, as ESMFold's code has it.
    """
    raise NotImplementedError("TODO lm_to_pair: read task 6.2 in README.md")


def recycle_bins(atoms: Float[Tensor, "n 3 3"]) -> Int[Tensor, "n n"]:
    """Return how many of the 14 edges from 3.375 to 21.375 Å each distance of virtual CB exceeds: 0..14."""
    raise NotImplementedError("TODO recycle: read task 6.3 in README.md")


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
    raise NotImplementedError("TODO recycle: read task 6.3 in README.md")
