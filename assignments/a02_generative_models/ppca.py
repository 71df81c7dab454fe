"""Probabilistic PCA: the one latent-variable model whose best weights are known before any training.

x = W z + mean + noise, with z ~ N(0, I) in q dimensions and noise ~ N(0, variance I) in d.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def ppca(
    x: Float[Tensor, "n d"],
    q: int,
    variance: float | None = None,  # of the noise, when it is not to be estimated
) -> tuple[Float[Tensor, " d"], Float[Tensor, "d q"], Float[Tensor, ""]]:
    """Return mean, W and noise variance of maximal likelihood (Tipping and Bishop 1999).

    The covariance divides by n. Without `variance` the noise gets the mean of the d - q smallest eigenvalues;
    with it, columns whose eigenvalue is not above it are 0. In each column of W the entry of largest absolute
    value is positive; the columns follow their eigenvalues, the largest first. Raises ValueError unless
    0 < q < d.
    """
    raise NotImplementedError("TODO ppca: read task 1.4 in README.md")


def ppca_posterior(
    x: Float[Tensor, "n d"],
    mean: Float[Tensor, " d"],
    W: Float[Tensor, "d q"],
    variance: Float[Tensor, ""],
) -> tuple[Float[Tensor, "n q"], Float[Tensor, "q q"]]:
    """Return the means of p(z|x) and its covariance, the same for all x (Tipping and Bishop 1999)."""
    raise NotImplementedError("TODO ppca: read task 1.4 in README.md")
