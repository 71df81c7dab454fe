"""The Fréchet distance of two sets of features, from batches, and what it would be without end."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from .samples import gaussian_w2_squared, sample


def mean_and_covariance(
    batches: Iterable[Float[Tensor, "b d"]],  # of any sizes, also 0; perhaps a generator: each comes once
) -> tuple[Float[Tensor, " d"], Float[Tensor, "d d"]]:
    """Return mean and covariance, over n - 1, of all rows of all batches in float64.

    Centred sums are merged (Chan et al. 1979), so that a mean far away costs no digits. Raises ValueError for
    fewer than two rows, and for values that are not finite.
    """
    # BEGIN SOLUTION
    n = 0
    mean = scatter = 0.0
    for batch in batches:
        if len(batch) == 0:
            continue
        rows = sample(batch)  # b d
        own = rows.mean(dim=0)
        step, total = own - mean, n + len(rows)

        # What each part scatters around its own mean, and what the two means are apart.
        between = n * len(rows) / total * torch.outer(step, step)
        scatter = scatter + (rows - own).mT @ (rows - own) + between
        mean, n = mean + len(rows) / total * step, total
    if n < 2:
        raise ValueError(f"{n} rows have no covariance")
    return mean, scatter / (n - 1)
    # END SOLUTION


def frechet_distance(
    real: Iterable[Float[Tensor, "b d"]],
    fake: Iterable[Float[Tensor, "b d"]],
) -> float:
    """Return the squared Fréchet distance of two sets of features: FID, if they are Inception's.

    Heusel et al. 2017. Errors are those of mean_and_covariance.
    """
    # BEGIN SOLUTION
    return gaussian_w2_squared(*mean_and_covariance(real), *mean_and_covariance(fake)).item()
    # END SOLUTION


def fid_infinity(sizes: Float[Tensor, " k"], values: Float[Tensor, " k"]) -> float:
    """Return where the least-squares line of values over 1 / size arrives at 1 / size = 0.

    Chong and Forsyth 2020. Raises ValueError for fewer than two different sizes.
    """
    # BEGIN SOLUTION
    if len(sizes.unique()) < 2:
        raise ValueError("a line needs two different sizes")
    inverse = sample(sizes).reciprocal()
    design = torch.stack([torch.ones_like(inverse), inverse], dim=1)  # k 2
    return torch.linalg.lstsq(design, sample(values)).solution[0].item()
    # END SOLUTION
