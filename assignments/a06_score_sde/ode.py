"""The probability flow as a change of variables: what log p a score model gives to data."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def prior_log_prob(sde: Any, x: Float[Tensor, "b *dims"]) -> Float[Tensor, " b"]:
    """Return log N(x; 0, prior_std^2 I) in nats, one value for each sample."""
    raise NotImplementedError("TODO log_likelihood: read task 5.1 in README.md")


def log_likelihood(
    sde: Any,
    score: Callable[[Tensor, Tensor], Tensor],  # called with x and t (), float64
    x: Float[Tensor, "b *dims"],
    times: Float[Tensor, " n"],  # rising, from data to noise
    divergence: Callable[[Callable[[Tensor], Tensor], Tensor], Tensor],  # called with a function and x
) -> tuple[Float[Tensor, " b"], Float[Tensor, "b *dims"]]:
    """Return log p(x) in nats, and where the probability flow takes x (Song et al. 2021).

    A solver of fourth order goes from times[0] to times[-1], with at most four calls of `divergence` between
    two times. No gradient is recorded. Returned in x's dtype.
    """

    raise NotImplementedError("TODO log_likelihood: read task 5.1 in README.md")


def bits_per_dim(
    log_prob: Float[Tensor, " b"],  # in nats, of dequantised data in [-1, 1]
    dims: int,  # how many coordinates a sample has
    levels: int = 256,  # of which neighbours lie 2 / levels apart
) -> Float[Tensor, " b"]:
    """Return the cost in bits of one coordinate's level: a density becomes the probability of a bin."""
    raise NotImplementedError("TODO log_likelihood: read task 5.1 in README.md")
