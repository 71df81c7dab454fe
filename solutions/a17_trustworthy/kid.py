"""The kernel distance: it compares laws without a Gaussian, and it has no bias."""

from jaxtyping import Float
from torch import Tensor

from .samples import sample


def kid(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> float:
    """Return the unbiased squared MMD with the kernel (x . y / d + 1)^3 (Binkowski et al. 2018).

    It may be negative. Raises ValueError where a set has fewer than two rows.
    """
    # BEGIN SOLUTION
    x, y = sample(x, 2), sample(y, 2)
    (n, d), m = x.shape, len(y)
    of_x, of_y, between = ((a @ b.mT / d + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))

    # A row beside itself says nothing about the law.
    within_x = (of_x.sum() - of_x.trace()) / (n * (n - 1))
    within_y = (of_y.sum() - of_y.trace()) / (m * (m - 1))
    return (within_x + within_y - 2 * between.mean()).item()
    # END SOLUTION
