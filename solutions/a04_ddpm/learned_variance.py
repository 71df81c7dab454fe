"""A model that also learns how sure it is: its variance lies between beta-tilde and beta.

The second half of the model's output, `v`, says where (Nichol and Dhariwal 2021, Sec. 3.1). It is no
velocity. Images and outputs of the model come in one dtype, and results have it. A step outside 0..T-1 raises
ValueError.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .forward import at_step, q_posterior, x0_from_eps
from .likelihood import vlb_terms
from .loss import simple_loss


def interpolated_log_variance(
    v: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
) -> Float[Tensor, "b *dims"]:
    """Return the log-variance between log beta-tilde (v = -1) and log beta (v = 1), value by value (Eq. 15).

    log beta-tilde is the clipped one of q_posterior.
    """
    # BEGIN SOLUTION
    _, _, low = q_posterior(v, v, t, alpha_bar)
    before = torch.nn.functional.pad(alpha_bar[:-1], (1, 0), value=1.0)
    high = at_step(torch.log1p(-alpha_bar / before), t, v).to(v.dtype)
    return low + (v + 1) / 2 * (high - low)
    # END SOLUTION


def hybrid_loss(
    eps_prediction: Float[Tensor, "b *dims"],
    v: Float[Tensor, "b *dims"],
    x0: Float[Tensor, "b *dims"],
    x_t: Float[Tensor, "b *dims"],
    eps: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
    weight: float = 0.001,  # lambda: how much the bound counts
) -> Float[Tensor, " b"]:
    """Return L_simple + lambda T L_t of each image (Nichol and Dhariwal 2021, Eq. 16).

    L_t, in bits per dimension, is that of the model's mean and the interpolated variance; T L_t estimates the
    whole bound from one step. It trains `v` alone: no gradient of it reaches `eps_prediction`.
    """
    # BEGIN SOLUTION
    # The bound, for the image that is predicted: it trains v alone.
    predicted_x0 = x0_from_eps(x_t, eps_prediction.detach(), t, alpha_bar)
    mean, _, _ = q_posterior(predicted_x0, x_t, t, alpha_bar)
    bound = vlb_terms(x0, x_t, t, mean, interpolated_log_variance(v, t, alpha_bar), alpha_bar)
    # Both losses, (b,).
    simple = simple_loss(eps_prediction, x0, eps, t=t, alpha_bar=alpha_bar)
    return simple + weight * len(alpha_bar) * bound
    # END SOLUTION
