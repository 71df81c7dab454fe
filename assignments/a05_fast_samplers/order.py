"""How fast the error of a sampler falls with its steps, on data whose flow is known exactly."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def exact_flow(
    x: Float[Tensor, "b *dims"],
    sigma: float,
    sigma_end: float,
    mean: float,
    std: float,
) -> Float[Tensor, "b *dims"]:
    """Return where the exact sampling ODE leads x from sigma to sigma_end for data N(mean, std^2).

    On the line x = x0 + sigma eps the deviation of x from the mean keeps its ratio to the spread of all x.
    std may be 0 while sigma is positive.
    """
    raise NotImplementedError("TODO observed_order: read task 5.1 in README.md")


def observed_order(steps: Sequence[int], errors: Sequence[float]) -> float:
    """Return p when errors fall about as steps^-p: minus the least-squares slope of ln(error) over ln(steps).

    Raises ValueError for fewer than two points, for unequal numbers, and when an error is not positive.
    """
    raise NotImplementedError("TODO observed_order: read task 5.1 in README.md")
