"""Monte Carlo: averages with their error, importance weights, and two estimates of one gradient."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def mc_mean(values: Float[Tensor, "n *dims"]) -> tuple[Float[Tensor, "*dims"], Float[Tensor, "*dims"]]:
    """Return the mean of n samples and its standard error, the unbiased deviation over the root of n.

    Raises ValueError for fewer than two samples, which say nothing about their spread.
    """
    raise NotImplementedError("TODO estimates: read task 3.1 in README.md")


def control_variate(
    values: Float[Tensor, " n"],
    control: Float[Tensor, " n"],
    control_mean: float,  # the exact expectation of `control`
) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, ""]]:
    """Return the mean of values - c (control - control_mean), its standard error, and c = Cov / Var(control).

    c is 0 where `control` is constant. Raises ValueError for fewer than two samples.
    """
    raise NotImplementedError("TODO estimates: read task 3.1 in README.md")


def importance(
    log_p: Float[Tensor, " n"],  # of the target, up to a constant
    log_q: Float[Tensor, " n"],  # of the proposal that the samples came from
    values: Float[Tensor, "n *dims"],
) -> tuple[Float[Tensor, "*dims"], Float[Tensor, ""], Float[Tensor, ""]]:
    """Return the self-normalised mean of `values`, the effective sample size, and log Z.

    Z, the mean weight, is the constant that p lacks. A `log_p` of -inf is a weight of 0. Raises ValueError
    when every weight is 0.
    """
    raise NotImplementedError("TODO importance: read task 3.2 in README.md")


def score_function_terms(
    f: Callable[[Tensor], Tensor],  # (n,) to (n,), value by value
    mean: float,
    std: float,
    eps: Float[Tensor, " n"],  # standard normal
    baseline: float = 0.0,
) -> Float[Tensor, "n 2"]:
    """Return for each sample (f(x) - baseline) times the score of N(mean, std^2) in its two parameters.

    x = mean + std eps; the columns are the derivatives by mean and by std. Their average over samples
    estimates the gradient of E f(x), for any f (Williams 1992, REINFORCE).
    """
    raise NotImplementedError("TODO gradients: read task 3.3 in README.md")


def pathwise_terms(
    f: Callable[[Tensor], Tensor],  # differentiable, (n,) to (n,), value by value
    mean: float,
    std: float,
    eps: Float[Tensor, " n"],
) -> Float[Tensor, "n 2"]:
    """Return for each sample the derivative of f(mean + std eps) by mean and by std (reparameterisation).

    Their average estimates the same gradient (Kingma and Welling 2014, Sec. 2.4).
    """
    raise NotImplementedError("TODO gradients: read task 3.3 in README.md")
