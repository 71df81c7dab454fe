"""AdamW: one step of it as a function of numbers, and which weights decay at all."""

from functools import reduce
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn


def adamw_step(
    theta: Float[Tensor, "*dims"],  # weight
    g: Float[Tensor, "*dims"],  #     its gradient
    m: Float[Tensor, "*dims"],  #     moving average of gradients before this step; zeros before the first
    v: Float[Tensor, "*dims"],  #     moving average of their squares
    step: int,  #                     number of this step, from 1
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),  # what m and v keep of themselves
    eps: float = 1e-8,  #             added to the root of the corrected v
    decay: float = 0.01,  #           the weight shrinks by lr * decay
) -> tuple[Float[Tensor, "*dims"], Float[Tensor, "*dims"], Float[Tensor, "*dims"]]:
    """Return weight, m and v after one AdamW step (Kingma and Ba 2015, Alg. 1; Loshchilov and Hutter 2019).

    All four tensors are made the widest dtype that came in before anything is computed, and theta, m and v
    return in their own. No argument is changed. Raises ValueError for a step below 1.
    """
    # BEGIN SOLUTION
    if step < 1:
        raise ValueError(f"step {step}: the first one is 1")
    # Work in the widest dtype: 1e-4 squared is 0 in half precision.
    dtype = reduce(torch.promote_types, (x.dtype for x in (theta, g, m, v)))
    theta_w, g_w, m_w, v_w = (x.to(dtype) for x in (theta, g, m, v))
    # Both averages begin at 0, and are corrected for it.
    m_w = betas[0] * m_w + (1 - betas[0]) * g_w
    v_w = betas[1] * v_w + (1 - betas[1]) * g_w.square()
    m_hat, v_hat = m_w / (1 - betas[0] ** step), v_w / (1 - betas[1] ** step)
    theta_w = theta_w * (1 - lr * decay) - lr * m_hat / (v_hat.sqrt() + eps)
    return theta_w.to(theta.dtype), m_w.to(m.dtype), v_w.to(v.dtype)
    # END SOLUTION


def decay_groups(model: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Return two groups for an optimizer: the matrices, which decay, and everything else, which does not.

    Each has "params", a list in the order of `model.parameters()`, and "weight_decay". The first group holds
    the parameters of two axes or more, with `decay`, the second all others (biases, norms, scalars), with 0.
    Frozen parameters are in neither, and a tied one is there once. Both groups exist, even when empty.
    """
    # BEGIN SOLUTION
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim >= 2]
    others = [p for p in trained if p.ndim < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    # END SOLUTION
