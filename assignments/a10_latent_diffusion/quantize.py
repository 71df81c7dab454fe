"""Vector quantisation: the other way to keep latents in reach is to allow only K of them (VQ-VAE).

A code is a row of the codebook, (k, d). Averages over batches can take the place of its gradient; they
record none, also where a vector has one.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


def nearest_code(z: Float[Tensor, "n d"], codebook: Float[Tensor, "k d"]) -> Int[Tensor, " n"]:
    """Return for each vector the number of the code at the least Euclidean distance.

    Memory for n times k numbers is allowed, for n times k times d it is not.
    """
    raise NotImplementedError("TODO nearest_code: read task 2.1 in README.md")


def perplexity(indices: Int[Tensor, "*dims"]) -> float:
    """Return exp of the entropy of the codes in use: how many codes, if all were used equally often."""
    raise NotImplementedError("TODO vector_quantizer: read task 2.2 in README.md")


class VectorQuantizer(nn.Module):
    """Replaces each vector of a latent map by its nearest code (van den Oord et al. 2017)."""

    def __init__(self, k: int, d: int, beta: float = 0.25) -> None:
        super().__init__()
        self.codebook = nn.Parameter(torch.empty(k, d).uniform_(-1 / k, 1 / k))
        self.beta = beta  # weight of the commitment loss

    def forward(
        self, z: Float[Tensor, "b d h w"]
    ) -> tuple[Float[Tensor, "b d h w"], Int[Tensor, "b h w"], Float[Tensor, ""]]:
        """Return the codes in the vectors' places, their numbers, and the loss (their Eq. 3, last two terms).

        The gradient with respect to the codes that come back goes straight through to `z`. Squares are
        averaged over all values.
        """
        raise NotImplementedError("TODO vector_quantizer: read task 2.2 in README.md")


def ema_codebook(
    counts: Float[Tensor, " k"],  #  average number of vectors that chose each code
    sums: Float[Tensor, "k d"],  #   average sum of these vectors
    z: Float[Tensor, "n d"],
    indices: Int[Tensor, " n"],  #   the code that each vector chose
    decay: float = 0.99,
    eps: float = 1e-5,
) -> tuple[Float[Tensor, " k"], Float[Tensor, "k d"], Float[Tensor, "k d"]]:
    """Return new counts, sums and the codebook that they mean (van den Oord et al. 2017, Appendix A.1).

    Averages keep `decay` of the old value. Codes are sums over smoothed counts: `eps` is added to each, and
    all are scaled so that their total stays (only in their code, not in the appendix).
    """
    raise NotImplementedError("TODO ema_codebook: read task 2.3 in README.md")


def revive_dead_codes(
    counts: Float[Tensor, " k"],
    sums: Float[Tensor, "k d"],
    codebook: Float[Tensor, "k d"],
    candidates: Float[Tensor, "m d"],  # vectors of the batch, in random order
    least: float = 1.0,  #               codes with a smaller count are dead
) -> tuple[Float[Tensor, " k"], Float[Tensor, "k d"], Float[Tensor, "k d"]]:
    """Return counts, sums and codebook in which the first dead code is the first candidate, and so on.

    A revived code counts 1, and its sum is the candidate. With too few candidates the last dead codes stay.
    """
    raise NotImplementedError("TODO ema_codebook: read task 2.3 in README.md")
