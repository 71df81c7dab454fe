"""Two Markov chains whose law is known at every step: Langevin's, and the Ornstein-Uhlenbeck process."""

import math
from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor


def langevin_step(
    x: Float[Tensor, "b *dims"],
    score: Callable[[Tensor], Tensor],
    step: float,
    noise: Float[Tensor, "b *dims"],  # standard normal
) -> Float[Tensor, "b *dims"]:
    """Return x + step * score(x) + sqrt(2 step) * noise, in x's dtype."""
    raise NotImplementedError("TODO langevin: read task 5.1 in README.md")


def langevin_variance(
    variance: float, step: float, start: float | None = None, steps: int | None = None
) -> float:
    """Return the variance of Langevin's chain on N(0, variance) after `steps` steps from N(0, start).

    Without `start` and `steps` (give both or neither): in the long run, infinite where step >= 2 * variance.
    """
    raise NotImplementedError("TODO langevin: read task 5.1 in README.md")


def ou_transition(
    x0: Float[Tensor, "b *dims"], theta: float, sigma: float, t: float
) -> tuple[Float[Tensor, "b *dims"], float]:
    """Return mean and variance of X_t given X_0 = x0, for dX = -theta X dt + sigma dW.

    Raises ValueError unless theta > 0.
    """
    raise NotImplementedError("TODO langevin: read task 5.1 in README.md")
