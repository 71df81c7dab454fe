"""AlphaFold 3's sampler: its noise levels, rotations drawn uniformly, and steps that add noise first."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def noise_levels(
    steps: int,
    sigma_data: float = 16.0,  # Å
    smax: float = 160.0,  #      first and last level, in units of sigma_data
    smin: float = 4e-4,
    rho: float = 7.0,
) -> Float[Tensor, " levels"]:
    """Return steps + 1 levels, from the highest to the lowest, in float64: there is no 0 at the end.

    Abramson et al. 2024, Supplement 3.7.
    """
    # BEGIN SOLUTION
    share = torch.arange(steps + 1, dtype=torch.float64) / steps
    return sigma_data * (smax ** (1 / rho) * (1 - share) + smin ** (1 / rho) * share) ** rho
    # END SOLUTION


def uniform_rotation(v0: Float[Tensor, "*b 3"], v1: Float[Tensor, "*b 3"]) -> Float[Tensor, "*b 3 3"]:
    """Return the rotation whose rows are v0, v1 and their cross product, made orthonormal in this order.

    Of two independent normal vectors it is uniformly distributed.
    """
    # BEGIN SOLUTION
    third = torch.linalg.cross(v0, v1)
    rows = torch.stack([v0, torch.linalg.cross(third, v0), third], dim=-2)  # *b 3 3
    return rows / rows.norm(dim=-1, keepdim=True)
    # END SOLUTION


def af3_sample(
    denoiser: Callable[[Tensor, float], Tensor],  # positions (b n 3), noise level -> b n 3
    x: Float[Tensor, "b n 3"],
    levels: Float[Tensor, " steps+1"],
    rotations: Float[Tensor, "steps b 3 3"],
    shifts: Float[Tensor, "steps b 3"],
    noises: Float[Tensor, "steps b n 3"],
    gamma0: float = 0.8,  #      noise is raised by this share
    gamma_min: float = 1.0,  #   as long as the next level is above this
    noise_scale: float = 1.003,
    step_scale: float = 1.5,
) -> Float[Tensor, "b n 3"]:
    """Go from the first level to the last one, asking the denoiser once a step; no gradients.

    Abramson et al. 2024, Supplement, Algorithms 18 and 19.
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        for k in range(len(noises)):
            before, after = levels[k].item(), levels[k + 1].item()
            # Centre, turn and shift each structure.
            x = (x - x.mean(dim=1, keepdim=True)) @ rotations[k].mT + shifts[k][:, None]
            # Raise the noise, then step down from there.
            raised = before * (1 + gamma0) if after > gamma_min else before
            x = x + noise_scale * math.sqrt(raised**2 - before**2) * noises[k]
            x = x + step_scale * (after / raised - 1) * (x - denoiser(x, raised))
        return x
    # END SOLUTION
