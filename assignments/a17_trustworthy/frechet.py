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
    raise NotImplementedError("TODO frechet: read task 1.1 in README.md")


def frechet_distance(
    real: Iterable[Float[Tensor, "b d"]],
    fake: Iterable[Float[Tensor, "b d"]],
) -> float:
    """Return the squared Fréchet distance of two sets of features: FID, if they are Inception's.

    Heusel et al. 2017. Errors are those of mean_and_covariance.
    """
    raise NotImplementedError("TODO frechet: read task 1.1 in README.md")


def fid_infinity(sizes: Float[Tensor, " k"], values: Float[Tensor, " k"]) -> float:
    """Return where the least-squares line of values over 1 / size arrives at 1 / size = 0.

    Chong and Forsyth 2020. Raises ValueError for fewer than two different sizes.
    """
    raise NotImplementedError("TODO frechet: read task 1.1 in README.md")
