"""AlphaFold 3's diffusion module: what its network is asked, and the loss of what it answers."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .superpose import weighted_rigid_align


def af3_denoise(
    net: Callable[[Tensor, Tensor], Tensor],  # scaled positions (b n 3), noise conditions (b,) -> b n 3
    x: Float[Tensor, "b n 3"],
    sigma: Float[Tensor, " b"],
    sigma_data: float = 16.0,  #                Å
) -> Float[Tensor, "b n 3"]:
    """Return the denoised positions (Abramson et al. 2024, Supplement, Algorithm 20)."""
    raise NotImplementedError("TODO af3_loss: read task 4.1 in README.md")


def smooth_lddt_loss(
    pred: Float[Tensor, "*b n 3"],
    true: Float[Tensor, "*b n 3"],
    cutoff: float = 15.0,  # Å, of the true distance
) -> Float[Tensor, "*b"]:
    """Return 1 minus an lDDT with sigmoids for its steps (Abramson et al. 2024, Supplement, Algorithm 27)."""
    raise NotImplementedError("TODO af3_loss: read task 4.1 in README.md")


def diffusion_loss(
    denoised: Float[Tensor, "b n 3"],
    true: Float[Tensor, "b n 3"],
    sigma: Float[Tensor, " b"],
    weights: Float[Tensor, "b n"],  # of atoms: 1 in proteins, 6 in nucleic acids, 11 in ligands
    sigma_data: float = 16.0,
) -> Float[Tensor, " b"]:
    """Return weighted squared distances to the aligned truth plus smooth lDDT loss, for each structure.

    Abramson et al. 2024, Supplement 3.7.1; the weight of the noise level is that of Karras et al. 2022.
    """
    raise NotImplementedError("TODO af3_loss: read task 4.1 in README.md")
