"""The forward process in closed form: noising, the ways to name what was added, and one step back.

Steps count from 0: `alpha_bar[t]` is the signal variance left after step t, and before step 0 it is 1.
Coefficients are formed in float64; what is returned has the dtype of the images that came in. A step outside
0..T-1 raises ValueError in every function, for `at_step` refuses it.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def at_step(
    values: Float[Tensor, " T"], t: Int[Tensor, " b"], x: Float[Tensor, "b *dims"]
) -> Float[Tensor, "b *ones"]:
    """Return `values[t]`, shaped (b, 1, ..., 1) so that it scales the images of `x` one by one.

    The dtype stays that of `values`. Raises ValueError when a step is outside 0..T-1; indexing alone would
    take -1 for the last step.
    """
    T = len(values)
    if (t < 0).any() or (t >= T).any():
        raise ValueError(f"steps must lie in 0..{T - 1}, but t is {t.tolist()}")
    return values[t].reshape(-1, *[1] * (x.ndim - 1))


def q_sample(
    x0: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    eps: Float[Tensor, "b *dims"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Draw x_t from q(x_t | x_0), each image at its own step (Ho et al. 2020, Eq. 4).

    `eps` is the standard normal noise to use.
    """
    # BEGIN SOLUTION
    a = at_step(alpha_bar, t, x0)  # (b, 1, ..., 1)
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    return x_t.to(x0.dtype)
    # END SOLUTION


def eps_from_x0(
    x_t: Float[Tensor, "b *dims"],
    x0: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the noise that takes `x0` to `x_t` (Ho et al. 2020, Eq. 4 solved for eps)."""
    # BEGIN SOLUTION
    a = at_step(alpha_bar, t, x_t)
    eps = (x_t - a.sqrt() * x0) / (1 - a).sqrt()
    return eps.to(x_t.dtype)
    # END SOLUTION


def x0_from_eps(
    x_t: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the image that `eps` took to `x_t` (Ho et al. 2020, Eq. 4 solved for x_0, unclipped).

    Undefined where `alpha_bar` is 0: pure noise does not tell its image.
    """
    # BEGIN SOLUTION
    a = at_step(alpha_bar, t, x_t)
    x0 = (x_t - (1 - a).sqrt() * eps) / a.sqrt()
    return x0.to(x_t.dtype)
    # END SOLUTION


def v_from_x0_eps(
    x0: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0 (Salimans and Ho 2022, Sec. 4)."""
    # BEGIN SOLUTION
    a = at_step(alpha_bar, t, x0)
    v = a.sqrt() * eps - (1 - a).sqrt() * x0
    return v.to(x0.dtype)
    # END SOLUTION


def x0_from_v(
    x_t: Float[Tensor, "b *dims"],
    v: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the image that belongs to `x_t` and `v`, at every signal level, 0 included."""
    # BEGIN SOLUTION
    a = at_step(alpha_bar, t, x_t)
    x0 = a.sqrt() * x_t - (1 - a).sqrt() * v
    return x0.to(x_t.dtype)
    # END SOLUTION


def eps_from_v(
    x_t: Float[Tensor, "b *dims"],
    v: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the noise that belongs to `x_t` and `v`, at every signal level, 0 included."""
    # BEGIN SOLUTION
    a = at_step(alpha_bar, t, x_t)
    eps = (1 - a).sqrt() * x_t + a.sqrt() * v
    return eps.to(x_t.dtype)
    # END SOLUTION


def q_posterior(
    x0: Float[Tensor, "b *dims"],
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> tuple[Float[Tensor, "b *dims"], Float[Tensor, "b *ones"], Float[Tensor, "b *ones"]]:
    """Return mean, variance and clipped log-variance of q(x_{t-1} | x_t, x_0) (Ho et al. 2020, Eq. 6 and 7).

    The two variances have shape (b, 1, ..., 1). At step 0 the variance is 0, and its logarithm is replaced by
    that of step 1, so T >= 2.
    """
    # BEGIN SOLUTION
    # What every step keeps and adds.
    before = torch.cat([torch.ones_like(alpha_bar[:1]), alpha_bar[:-1]])  # (T,): alpha_bar at t - 1
    alpha = alpha_bar / before
    beta = 1 - alpha
    # The posterior of every step: its variance, and how much of both images is in its mean.
    variance = beta * (1 - before) / (1 - alpha_bar)
    weight_x0 = before.sqrt() * beta / (1 - alpha_bar)
    weight_x_t = alpha.sqrt() * (1 - before) / (1 - alpha_bar)
    # Each image at its own step.
    mean = at_step(weight_x0, t, x0) * x0 + at_step(weight_x_t, t, x0) * x_t
    log_variance = at_step(variance.log(), t.clamp(min=1), x0)
    return mean.to(x0.dtype), at_step(variance, t, x0).to(x0.dtype), log_variance.to(x0.dtype)
    # END SOLUTION
