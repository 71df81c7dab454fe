"""Given: integrals over a standard normal variable as weighted sums, and a descent that needs a loss only."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def normal_nodes(n: int = 401, reach: float = 8.0) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Return z and q with E f(z) = sum q f(z) for z ~ N(0, 1): evenly spaced nodes, weights that sum to 1.

    For a smooth f this is far more exact than it looks: the density has vanished at both ends.
    """
    z = torch.linspace(-reach, reach, n, dtype=torch.float64)
    q = torch.exp(-(z**2) / 2)
    return z, q / q.sum()


def descend(
    loss: Callable[[Tensor, Tensor], Tensor],
    mean: float,  # where to begin
    std: float = 1.0,
    rate: float = 0.1,
    steps: int = 500,
) -> tuple[float, float]:
    """Return the mean and deviation to which gradient descent on (mean, log std) brings loss(mean, std)."""
    place = torch.tensor([mean, std], dtype=torch.float64)
    place[1].log_()
    place.requires_grad_()
    for _ in range(steps):
        (slope,) = torch.autograd.grad(loss(place[0], place[1].exp()), place)
        place = (place - rate * slope).detach().requires_grad_()
    return place[0].item(), place[1].exp().item()
