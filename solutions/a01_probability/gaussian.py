"""Gaussians of any covariance: evaluate, sample, compare, condition, and infer through a linear map.

`cov` is always a covariance, never a deviation and never a precision. Points are rows. Logarithms are
natural. A matrix that has no Cholesky factor raises ValueError, as `factor.cholesky` does.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .factor import cholesky

LOG_2PI = math.log(2 * math.pi)


def gaussian_log_prob(
    x: Float[Tensor, "b d"],
    mean: Float[Tensor, "#b d"],  # (1, d) for all points, or one for each
    cov: Float[Tensor, "#b d d"],
) -> Float[Tensor, " b"]:
    """Return log N(x; mean, cov) of each point, in nats.

    Works in float64 and returns x's dtype. Raises ValueError when a `cov` has no Cholesky factor.
    """
    # BEGIN SOLUTION
    d = x.shape[1]
    L = cholesky(cov.double())

    # Whiten: L z = x - mean has the squared length that the exponent asks for.
    away = x.double() - mean
    z = torch.linalg.solve_triangular(L, away[..., None], upper=False).squeeze(-1)  # b d

    log_det = 2 * L.diagonal(dim1=-2, dim2=-1).log().sum(1)
    log_prob = -0.5 * (z.square().sum(1) + log_det + d * LOG_2PI)
    return log_prob.to(x.dtype)
    # END SOLUTION


def gaussian_sample(
    mean: Float[Tensor, "#b d"],
    cov: Float[Tensor, "#b d d"],
    eps: Float[Tensor, "b d"],  # standard normal
) -> Float[Tensor, "b d"]:
    """Return mean + L eps for each row, with L the lower Cholesky factor of `cov`.

    Works in float64 and returns eps's dtype. Raises ValueError when a `cov` has no Cholesky factor.
    """
    # BEGIN SOLUTION
    L = cholesky(cov.double())
    moved = (L @ eps.double()[..., None]).squeeze(-1)  # b d
    return (mean + moved).to(eps.dtype)
    # END SOLUTION


def gaussian_entropy(cov: Float[Tensor, "d d"]) -> Float[Tensor, ""]:
    """Return the differential entropy of N(., cov) in nats; it may be negative.

    Raises ValueError when `cov` has no Cholesky factor.
    """
    # BEGIN SOLUTION
    log_det = 2 * cholesky(cov).diagonal().log().sum()
    return 0.5 * (log_det + len(cov) * (1 + LOG_2PI))
    # END SOLUTION


def gaussian_kl(
    mean_q: Float[Tensor, " d"],
    cov_q: Float[Tensor, "d d"],
    mean_p: Float[Tensor, " d"],
    cov_p: Float[Tensor, "d d"],
) -> Float[Tensor, ""]:
    """Return KL(N(mean_q, cov_q) || N(mean_p, cov_p)) in nats: the average under q of log q - log p.

    Raises ValueError when one of the covariances has no Cholesky factor.
    """
    # BEGIN SOLUTION
    L_q, L_p = cholesky(cov_q), cholesky(cov_p)

    # In coordinates that p makes standard, trace and distance are squared lengths.
    spread = torch.linalg.solve_triangular(L_p, L_q, upper=False)  # d d
    away = torch.linalg.solve_triangular(L_p, (mean_q - mean_p)[:, None], upper=False)  # d 1
    excess = spread.square().sum() + away.square().sum() - len(mean_q)

    log_ratio = L_p.diagonal().log().sum() - L_q.diagonal().log().sum()  # half of that of determinants
    return 0.5 * excess + log_ratio
    # END SOLUTION


def condition(
    mean: Float[Tensor, " d"],
    cov: Float[Tensor, "d d"],
    known: Int[Tensor, " k"],  # different coordinates, in any order
    value: Float[Tensor, " k"],  # value[i] is that of coordinate known[i]
) -> tuple[Float[Tensor, " r"], Float[Tensor, "r r"]]:
    """Return mean and covariance of the other coordinates, in ascending order, given the known ones.

    Bishop 2006, Sec. 2.3.1. Raises ValueError when the known coordinates' covariance has no Cholesky factor.
    """
    # BEGIN SOLUTION
    free = torch.ones(len(mean), dtype=torch.bool, device=mean.device)
    free[known] = False
    rest = free.nonzero().flatten()  # r

    # gain = S_rk S_kk^-1, by solving instead of inverting.
    L = cholesky(cov[known][:, known])
    across = cov[rest][:, known]  # r k
    gain = torch.cholesky_solve(across.T, L).T

    new_mean = mean[rest] + gain @ (value - mean[known])
    return new_mean, cov[rest][:, rest] - gain @ across.T
    # END SOLUTION


def linear_posterior(
    mean: Float[Tensor, " d"],
    cov: Float[Tensor, "d d"],
    A: Float[Tensor, "m d"],
    b: Float[Tensor, " m"],
    noise_cov: Float[Tensor, "m m"],  # may be 0
    y: Float[Tensor, "n m"],  # observations, each of another x
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "d d"], Float[Tensor, " n"]]:
    """Return mean and covariance of x given y = A x + b + noise, and log p(y), observation by observation.

    x ~ N(mean, cov) and noise ~ N(0, noise_cov) (Bishop 2006, Sec. 2.3.3). Raises ValueError when
    A cov A^T + noise_cov has no Cholesky factor.
    """
    # BEGIN SOLUTION
    seen = A @ cov @ A.T + noise_cov  # of y, m m
    expected = A @ mean + b
    gain = torch.cholesky_solve(A @ cov, cholesky(seen)).T  # d m
    new_mean = mean + (y - expected) @ gain.T

    # A sum of two covariances (Joseph): symmetric, and nothing cancels.
    keep = torch.eye(len(mean), dtype=cov.dtype, device=cov.device) - gain @ A
    new_cov = keep @ cov @ keep.T + gain @ noise_cov @ gain.T
    return new_mean, new_cov, gaussian_log_prob(y, mean=expected[None], cov=seen[None])
    # END SOLUTION
