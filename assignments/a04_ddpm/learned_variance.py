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
    raise NotImplementedError("TODO hybrid_loss: read task 3.3 in README.md")


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
    raise NotImplementedError("TODO hybrid_loss: read task 3.3 in README.md")
