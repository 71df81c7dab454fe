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
    # BEGIN SOLUTION
    n = len(values)
    if n < 2:
        raise ValueError(f"{n} samples have no standard error; give two or more")
    return values.mean(0), values.std(0, correction=1) / math.sqrt(n)
    # END SOLUTION


def control_variate(
    values: Float[Tensor, " n"],
    control: Float[Tensor, " n"],
    control_mean: float,  # the exact expectation of `control`
) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, ""]]:
    """Return the mean of values - c (control - control_mean), its standard error, and c = Cov / Var(control).

    c is 0 where `control` is constant. Raises ValueError for fewer than two samples.
    """
    # BEGIN SOLUTION
    away = control - control.mean()
    spread = away.square().sum()
    constant = bool((control == control[:1]).all())  # rounding may leave it a spread
    coefficient = torch.zeros_like(spread) if constant else (away * values).sum() / spread
    left = values - coefficient * (control - control_mean)
    mean, standard_error = mc_mean(left)
    return mean, standard_error, coefficient
    # END SOLUTION


def importance(
    log_p: Float[Tensor, " n"],  # of the target, up to a constant
    log_q: Float[Tensor, " n"],  # of the proposal that the samples came from
    values: Float[Tensor, "n *dims"],
) -> tuple[Float[Tensor, "*dims"], Float[Tensor, ""], Float[Tensor, ""]]:
    """Return the self-normalised mean of `values`, the effective sample size, and log Z.

    Z, the mean weight, is the constant that p lacks. A `log_p` of -inf is a weight of 0. Raises ValueError
    when every weight is 0.
    """
    # BEGIN SOLUTION
    log_w = log_p - log_q
    if bool((log_w == -torch.inf).all()):
        raise ValueError("every weight is 0: no sample lies where the target has any density")
    total = log_w.logsumexp(dim=0)
    w = (log_w - total).exp()  # n, sum 1
    mean = torch.tensordot(w, values, dims=1)
    return mean, 1 / w.square().sum(), total - math.log(len(log_w))
    # END SOLUTION


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
    # BEGIN SOLUTION
    weight = f(mean + std * eps) - baseline  # n
    score = torch.stack([eps / std, (eps**2 - 1) / std], dim=1)  # n 2
    return weight[:, None] * score
    # END SOLUTION


def pathwise_terms(
    f: Callable[[Tensor], Tensor],  # differentiable, (n,) to (n,), value by value
    mean: float,
    std: float,
    eps: Float[Tensor, " n"],
) -> Float[Tensor, "n 2"]:
    """Return for each sample the derivative of f(mean + std eps) by mean and by std (reparameterisation).

    Their average estimates the same gradient (Kingma and Welling 2014, Sec. 2.4).
    """
    # BEGIN SOLUTION
    x = (mean + std * eps).requires_grad_()
    (slope,) = torch.autograd.grad(f(x).sum(), x)
    return torch.stack([slope, slope * eps], dim=1)
    # END SOLUTION
