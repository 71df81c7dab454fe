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

    raise NotImplementedError("TODO pushforward: read task 2.1 in README.md")


def pushforward_log_prob(
    f: Map, x: Float[Tensor, "b d"], log_prob: Callable[[Tensor], Tensor]
) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"]]:
    """Return y = f(x) and the log-density of y when x has the log-density `log_prob` (f is invertible).

    `log_prob` maps rows, (b, d), to (b,) (Rezende and Mohamed 2015; Papamakarios et al. 2021).
    """
    raise NotImplementedError("TODO pushforward: read task 2.1 in README.md")


def tanh_log_det(x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b"]:
    """Return log |det J| of tanh, taken value by value: the sum over the last axis of log(1 - tanh(x)^2).

    Finite wherever x's dtype can hold the answer.
    """
    raise NotImplementedError("TODO log_dets: read task 2.2 in README.md")


def sigmoid_log_det(x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b"]:
    """Return log |det J| of the sigmoid s, taken value by value: the sum of log(s(x) (1 - s(x))).

    Finite for every finite x, in x's dtype.
    """
    raise NotImplementedError("TODO log_dets: read task 2.2 in README.md")


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
    raise NotImplementedError("TODO log_dets: read task 2.2 in README.md")
