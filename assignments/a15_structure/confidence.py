"""How good a prediction thinks it is: lDDT by residue, errors by pair, and one number for the whole."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .frames import to_local


def plddt(logits: Float[Tensor, "*n bins"]) -> Float[Tensor, "*n"]:
    """Return the expected lDDT of each residue, 0..100, by the centres of equal bins (Jumper et al. 2021)."""
    raise NotImplementedError("TODO confidence: read task 6.4 in README.md")


def aligned_error(
    R: Float[Tensor, "n 3 3"],
    t: Float[Tensor, "n 3"],
    R_true: Float[Tensor, "n 3 3"],
    t_true: Float[Tensor, "n 3"],
) -> Float[Tensor, "n n"]:
    """Return how far residue j is off when the frames i are laid upon each other: rows are frames."""
    raise NotImplementedError("TODO confidence: read task 6.4 in README.md")


def error_bins(error: Float[Tensor, "*n"], bins: int = 64) -> Int[Tensor, "*n"]:
    """Return the bin of each error, for training: half an Å wide, from 0; the last one is open."""
    raise NotImplementedError("TODO confidence: read task 6.4 in README.md")


def expected_aligned_error(logits: Float[Tensor, "n n bins"]) -> Float[Tensor, "n n"]:
    """Return the expected error of each pair in Å: bins are half an Å wide and begin at 0."""
    raise NotImplementedError("TODO confidence: read task 6.4 in README.md")


def ptm(logits: Float[Tensor, "n n bins"]) -> Float[Tensor, ""]:
    """Return the predicted TM score: the best frame's mean over residues of the expected 1 / (1 + (e / d0)²).

    Jumper et al. 2021; d0 is that of the TM score, bins are those of `expected_aligned_error`.
    """
    raise NotImplementedError("TODO confidence: read task 6.4 in README.md")
