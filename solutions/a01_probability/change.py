"""Change of variables: what a map does to a density.

A map takes points as rows and moves each by itself: f((b, d)) is (b, d), and no row looks at another.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Map = Callable[[Tensor], Tensor]


def log_abs_det_jacobian(f: Map, x: Float[Tensor, "b d"]) -> Float[Tensor, " b"]:
    """Return log |det J| of each row, J the d x d matrix of derivatives of f there.

    A singular J gives -inf. Works in x's dtype; no gradient needs to pass.
    """

    # BEGIN SOLUTION
    def of_one(row: Tensor) -> Tensor:
        return f(row[None]).squeeze(0)

    jacobians = torch.func.vmap(torch.func.jacrev(of_one))(x)  # b d d
    return torch.linalg.slogdet(jacobians).logabsdet
    # END SOLUTION


def pushforward_log_prob(
    f: Map, x: Float[Tensor, "b d"], log_prob: Callable[[Tensor], Tensor]
) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"]]:
    """Return y = f(x) and the log-density of y when x has the log-density `log_prob` (f is invertible).

    `log_prob` maps rows, (b, d), to (b,) (Rezende and Mohamed 2015; Papamakarios et al. 2021).
    """
    # BEGIN SOLUTION
    return f(x), log_prob(x) - log_abs_det_jacobian(f, x)
    # END SOLUTION


def tanh_log_det(x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b"]:
    """Return log |det J| of tanh, taken value by value: the sum over the last axis of log(1 - tanh(x)^2).

    Finite wherever x's dtype can hold the answer.
    """
    # BEGIN SOLUTION
    size = x.abs()  # the function is even
    return (2 * (math.log(2) - size - F.softplus(-2 * size))).sum(-1)
    # END SOLUTION


def sigmoid_log_det(x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b"]:
    """Return log |det J| of the sigmoid s, taken value by value: the sum of log(s(x) (1 - s(x))).

    Finite for every finite x, in x's dtype.
    """
    # BEGIN SOLUTION
    return (F.logsigmoid(x) + F.logsigmoid(-x)).sum(-1)
    # END SOLUTION


def radial(
    x: Float[Tensor, "b d"],
    centre: Float[Tensor, " d"],
    alpha: float,
    beta: float,
) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"]]:
    """Return y = x + beta h (x - centre), with h = 1 / (alpha + |x - centre|), and log |det J| of each row.

    A radial flow (Rezende and Mohamed 2015). Works in x's dtype. Raises ValueError unless alpha > 0 and
    beta > -alpha.
    """
    # BEGIN SOLUTION
    if not (alpha > 0 and beta > -alpha):
        raise ValueError(f"alpha = {alpha}, beta = {beta}: the map folds unless alpha > 0 and beta > -alpha")
    d = x.shape[1]
    away = x - centre
    h = 1 / (alpha + away.norm(dim=1))  # b

    # d - 1 directions around the centre are stretched alike, the one away from it otherwise.
    around = torch.log1p(beta * h)
    outward = torch.log1p(alpha * beta * h**2)
    return x + beta * h[:, None] * away, (d - 1) * around + outward
    # END SOLUTION
