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
    # BEGIN SOLUTION
    real, fake = sample(real, k + 1), sample(fake, k + 1)
    of_real, of_fake = (distances(x, x).kthvalue(k + 1).values for x in (real, fake))  # n, m
    apart = distances(real, fake)  # n m
    precision = (apart <= of_real[:, None]).any(dim=0).double().mean()
    recall = (apart <= of_fake).any(dim=1).double().mean()
    return precision.item(), recall.item()
    # END SOLUTION


def density_coverage(
    real: Float[Tensor, "n d"],
    fake: Float[Tensor, "m d"],
    k: int = 5,
) -> tuple[float, float]:
    """Return how many balls of the reals hold a fake, over k, and the share of these balls that hold any.

    Naeem et al. 2020. Balls are those of precision_recall. Raises ValueError unless k < n.
    """
    # BEGIN SOLUTION
    real, fake = sample(real, k + 1), sample(fake)
    radii = distances(real, real).kthvalue(k + 1).values
    held = (distances(real, fake) <= radii[:, None]).double()  # n m
    return (held.sum() / (k * len(fake))).item(), held.amax(dim=1).mean().item()
    # END SOLUTION
