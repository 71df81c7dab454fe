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
    # BEGIN SOLUTION
    level = sigma[:, None, None]
    length = torch.hypot(level, torch.full_like(level, sigma_data))  # b 1 1
    answer = net(x / length, (sigma / sigma_data).log() / 4)
    return (sigma_data / length) ** 2 * x + level * sigma_data / length * answer
    # END SOLUTION


def smooth_lddt_loss(
    pred: Float[Tensor, "*b n 3"],
    true: Float[Tensor, "*b n 3"],
    cutoff: float = 15.0,  # Å, of the true distance
) -> Float[Tensor, "*b"]:
    """Return 1 minus an lDDT with sigmoids for its steps (Abramson et al. 2024, Supplement, Algorithm 27)."""
    # BEGIN SOLUTION
    here, there = ((one.unsqueeze(-2) - one.unsqueeze(-3)).norm(dim=-1) for one in (pred, true))  # *b n n
    pairs = (there < cutoff) & ~torch.eye(pred.shape[-2], dtype=torch.bool, device=pred.device)
    gap = (here - there).abs()
    near = torch.stack([torch.sigmoid(within - gap) for within in (0.5, 1.0, 2.0, 4.0)]).mean(dim=0)
    return 1 - (near * pairs).sum(dim=(-2, -1)) / pairs.sum(dim=(-2, -1)).clamp(min=1)
    # END SOLUTION


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
    # BEGIN SOLUTION
    aligned = weighted_rigid_align(true, denoised, weights)
    squares = (denoised - aligned).square().sum(dim=-1)  # b n
    mse = (weights * squares).mean(dim=1) / 3
    return (sigma**-2 + sigma_data**-2) * mse + smooth_lddt_loss(denoised, true)
    # END SOLUTION
