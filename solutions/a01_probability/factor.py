"""Given: the Cholesky factor of a covariance, and one type of error for a matrix that has none."""

import torch
from jaxtyping import Float
from torch import Tensor


def cholesky(cov: Float[Tensor, "*b d d"]) -> Float[Tensor, "*b d d"]:
    """Return the lower triangular L with L L^T = cov and a positive diagonal, of one matrix or of each.

    Raises ValueError when one of them has no such factor, because it is not positive definite.
    """
    factor, info = torch.linalg.cholesky_ex(cov)
    if bool((info != 0).any()):
        raise ValueError("a covariance is not positive definite: it has no Cholesky factor")
    return factor
