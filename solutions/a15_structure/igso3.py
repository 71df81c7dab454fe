"""The normal law of rotations, IGSO(3): the density of its angle, its score, and draws from it."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def igso3_density(omega: Float[Tensor, " n"], sigma: float) -> Float[Tensor, " n"]:
    """Return the density of the rotation's angle on [0, pi].

    Leach et al. 2022, Eq. 5 with eps = sigma / sqrt(2), times the volume factor (1 - cos) / pi; Yim et al.
    2023, Prop. 3.3. Raises ValueError unless sigma > 0.
    """
    # BEGIN SOLUTION
    if sigma <= 0:
        raise ValueError(f"sigma is {sigma}; it is a deviation")
    order = torch.arange(500, dtype=torch.float64, device=omega.device)  # more adds nothing from sigma .02 on
    weights = (2 * order + 1) * torch.exp(-order * (order + 1) * sigma**2 / 2)
    waves = torch.sin((order + 0.5) * omega[:, None]) @ weights  # n: f sin(omega / 2)
    return (2 / math.pi * torch.sin(omega / 2) * waves).to(omega.dtype)
    # END SOLUTION


def igso3_score(v: Float[Tensor, "*n 3"], sigma: float) -> Float[Tensor, "*n 3"]:
    """Return the score of the density on the group at the rotation vectors v, as rotation vectors.

    It is f'(omega) / f(omega) along v, without the volume factor, and 0 at v = 0. Raises ValueError unless
    sigma > 0.
    """
    # BEGIN SOLUTION
    if sigma <= 0:
        raise ValueError(f"sigma is {sigma}; it is a deviation")
    d = v.double()
    omega = d.norm(dim=-1, keepdim=True).clamp(min=1e-4)  # *n 1; the score is linear near 0
    if sigma < 1:
        # Images of the angle, relative to the first one's exponential, so that nothing is lost.
        k = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64, device=v.device)
        a = omega + 2 * math.pi * k
        g = torch.cos(math.pi * k) * torch.exp((omega.square() - a.square()) / (2 * sigma**2))
        h, slope = a * g, (1 - a.square() / sigma**2) * g
    else:
        # The series itself: few terms count.
        order = torch.arange(12, dtype=torch.float64, device=v.device)
        e = (2 * order + 1) * torch.exp(-order * (order + 1) * sigma**2 / 2)
        h, slope = e * torch.sin((order + 0.5) * omega), e * (order + 0.5) * torch.cos((order + 0.5) * omega)
    ratio = slope.sum(dim=-1, keepdim=True) / h.sum(dim=-1, keepdim=True)
    # f has another sine below the sum.
    return ((ratio - 0.5 / torch.tan(omega / 2)) / omega * d).to(v.dtype)
    # END SOLUTION


def igso3_sample(
    u: Float[Tensor, " n"],  #      uniform numbers from [0, 1], both included
    axis: Float[Tensor, "n 3"],  #  of any length but 0
    sigma: float,
) -> Float[Tensor, "n 3"]:
    """Return rotation vectors along `axis`, with the angles at which the distribution reaches u.

    Raises ValueError unless sigma > 0.
    """
    # BEGIN SOLUTION
    grid = torch.linspace(0, math.pi, 1001, dtype=torch.float64)
    rise = torch.cumulative_trapezoid(igso3_density(grid, sigma), grid)
    angle = torch.from_numpy(np.interp(u.cpu().numpy(), F.pad(rise, (1, 0)).numpy(), grid.numpy()))
    return (F.normalize(axis) * angle[:, None].to(axis.device)).to(axis.dtype)
    # END SOLUTION
