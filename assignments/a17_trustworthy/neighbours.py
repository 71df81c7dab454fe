"""Quality and variety apart: whose balls hold whom."""

from jaxtyping import Float
from torch import Tensor

from .samples import distances, sample


def precision_recall(
    real: Float[Tensor, "n d"],
    fake: Float[Tensor, "m d"],
    k: int = 3,  # a ball reaches its centre's k-th nearest neighbour, the centre itself not counted
) -> tuple[float, float]:
    """Return the share of fakes in some ball of the reals, and of reals in some ball of the fakes.

    Kynkäänniemi et al. 2019. A ball holds its own edge. Raises ValueError unless k < n and k < m.
    """
    raise NotImplementedError("TODO precision_recall: read task 1.3 in README.md")


def density_coverage(
    real: Float[Tensor, "n d"],
    fake: Float[Tensor, "m d"],
    k: int = 5,
) -> tuple[float, float]:
    """Return how many balls of the reals hold a fake, over k, and the share of these balls that hold any.

    Naeem et al. 2020. Balls are those of precision_recall. Raises ValueError unless k < n.
    """
    raise NotImplementedError("TODO precision_recall: read task 1.3 in README.md")
