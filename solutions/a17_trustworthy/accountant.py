"""What many noisy steps cost together: Rényi divergences add up, and become one epsilon at the end."""

import math
from collections.abc import Sequence

import torch


def rdp_subsampled_gaussian(q: float, noise_multiplier: float, order: int) -> float:
    """Return the Rényi divergence of one step at a whole order >= 2 (Mironov et al. 2019).

    Each sample is in the batch with probability q. No sampling at all (q = 0) costs 0, no noise costs inf.
    Raises ValueError for orders below 2.
    """
    # BEGIN SOLUTION
    if order < 2:
        raise ValueError(f"the order is {order}; it is 2 or more")
    if q == 0:
        return 0.0
    if noise_multiplier == 0:
        return math.inf
    if q == 1:
        return order / (2 * noise_multiplier**2)
    i = torch.arange(order + 1, dtype=torch.float64)
    choices = math.lgamma(order + 1) - torch.lgamma(i + 1) - torch.lgamma(order - i + 1)
    terms = choices + i * math.log(q) + (order - i) * math.log1p(-q)
    terms = terms + i * (i - 1) / (2 * noise_multiplier**2)
    return torch.logsumexp(terms, dim=0).item() / (order - 1)
    # END SOLUTION


def epsilon(
    q: float,
    noise_multiplier: float,
    steps: int,
    delta: float,
    orders: Sequence[int] = range(2, 257),
) -> tuple[float, int]:
    """Return the least epsilon of (epsilon, delta) after so many steps, and the order that gives it.

    Conversion of Balle et al. 2020. Of orders that give the same, the one that comes first.
    """
    # BEGIN SOLUTION
    found = []
    for order in orders:
        cost = steps * rdp_subsampled_gaussian(q, noise_multiplier, order)
        found.append(cost + math.log1p(-1 / order) - math.log(delta * order) / (order - 1))
    best = min(found)
    return best, orders[found.index(best)]
    # END SOLUTION
