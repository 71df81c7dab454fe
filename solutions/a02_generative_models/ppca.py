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
    # BEGIN SOLUTION
    n, d = x.shape
    if not 0 < q < d:
        raise ValueError(f"{q} latent dimensions of {d}: take at least 1 and at most {d - 1}")

    # Eigenvalues and eigenvectors of the covariance, the largest first.
    mean = x.mean(0)
    centred = x - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / n)
    order = values.argsort(descending=True)
    values, vectors = values[order], vectors[:, order]

    # What stands out of the noise, and nothing where nothing does.
    noise = values[q:].mean() if variance is None else x.new_tensor(variance)
    W = vectors[:, :q] * (values[:q] - noise).clamp(min=0).sqrt()  # d q

    largest = W.gather(0, W.abs().argmax(0, keepdim=True))  # 1 q
    return mean, W * largest.sign(), noise
    # END SOLUTION


def ppca_posterior(
    x: Float[Tensor, "n d"],
    mean: Float[Tensor, " d"],
    W: Float[Tensor, "d q"],
    variance: Float[Tensor, ""],
) -> tuple[Float[Tensor, "n q"], Float[Tensor, "q q"]]:
    """Return the means of p(z|x) and its covariance, the same for all x (Tipping and Bishop 1999)."""
    # BEGIN SOLUTION
    M = W.T @ W + variance * torch.eye(W.shape[1], dtype=W.dtype, device=W.device)  # q q
    return torch.linalg.solve(M, W.T @ (x - mean).T).T, variance * torch.linalg.inv(M)
    # END SOLUTION
