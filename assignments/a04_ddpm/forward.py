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
    raise NotImplementedError("TODO q_sample: read task 2.1 in README.md")


def eps_from_x0(
    x_t: Float[Tensor, "b *dims"],
    x0: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the noise that takes `x0` to `x_t` (Ho et al. 2020, Eq. 4 solved for eps)."""
    raise NotImplementedError("TODO eps_and_x0: read task 2.2 in README.md")


def x0_from_eps(
    x_t: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the image that `eps` took to `x_t` (Ho et al. 2020, Eq. 4 solved for x_0, unclipped).

    Undefined where `alpha_bar` is 0: pure noise does not tell its image.
    """
    raise NotImplementedError("TODO eps_and_x0: read task 2.2 in README.md")


def v_from_x0_eps(
    x0: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0 (Salimans and Ho 2022, Sec. 4)."""
    raise NotImplementedError("TODO v_prediction: read task 2.3 in README.md")


def x0_from_v(
    x_t: Float[Tensor, "b *dims"],
    v: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the image that belongs to `x_t` and `v`, at every signal level, 0 included."""
    raise NotImplementedError("TODO v_prediction: read task 2.3 in README.md")


def eps_from_v(
    x_t: Float[Tensor, "b *dims"],
    v: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the noise that belongs to `x_t` and `v`, at every signal level, 0 included."""
    raise NotImplementedError("TODO v_prediction: read task 2.3 in README.md")


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
    raise NotImplementedError("TODO q_posterior: read task 2.4 in README.md")
