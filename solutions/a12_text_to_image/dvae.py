"""DALL-E's first stage: images become a grid of codes, and the choice of a code is made differentiable.

Logits are (b, k, h, w): k codes at each of h * w positions. Images are in [-1, 1].
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


# -------------------- 2.1 gumbel_softmax
def gumbel_softmax(
    logits: Float[Tensor, "b k h w"],
    uniforms: Float[Tensor, "b k h w"],  # in [0, 1)
    tau: float,  # temperature
    hard: bool = False,
) -> Float[Tensor, "b k h w"]:
    """Return a relaxed draw of a code at each position (Jang et al. 2017, Maddison et al. 2017).

    With `hard` its values are 0 and 1, and its gradient that of the relaxed draw. Raises ValueError for
    tau <= 0.
    """
    # BEGIN SOLUTION
    if tau <= 0:
        raise ValueError(f"tau is {tau}; a temperature is above 0")
    limits = torch.finfo(uniforms.dtype)
    u = uniforms.clamp(limits.tiny, 1 - limits.eps)
    gumbel = -(-u.log()).log()
    soft = ((logits + gumbel) / tau).softmax(dim=1)
    if not hard:
        return soft
    chosen = soft.argmax(dim=1, keepdim=True)  # b 1 h w
    return torch.zeros_like(soft).scatter(1, chosen, 1.0) + (soft - soft.detach())
    # END SOLUTION


# -------------------- 2.2 logit_laplace
def to_open(x: Float[Tensor, "b *dims"]) -> Float[Tensor, "b *dims"]:
    """Map images from [-1, 1] into [0.1, 0.9], inside the open interval from 0 to 1 (Ramesh et al. 2021)."""
    # BEGIN SOLUTION
    return 0.5 + 0.4 * x
    # END SOLUTION


def from_open(y: Float[Tensor, "b *dims"]) -> Float[Tensor, "b *dims"]:
    """Undo `to_open`, and clip what lies outside to [-1, 1]."""
    # BEGIN SOLUTION
    return ((y - 0.5) / 0.4).clamp(-1, 1)
    # END SOLUTION


def logit_laplace_nll(
    x: Float[Tensor, "b *dims"],
    mu: Float[Tensor, "b *dims"],
    log_b: Float[Tensor, "b *dims"],
) -> Float[Tensor, " b"]:
    """Return of each image the negative log-density of y = to_open(x), in nats, summed over its values.

    The logit of y has a Laplace law with location mu and scale b = exp(log_b) (Ramesh et al. 2021).
    """
    # BEGIN SOLUTION
    y = to_open(x)
    distance = (y.logit() - mu).abs() * (-log_b).exp()
    nll = math.log(2) + log_b + (y * (1 - y)).log() + distance
    return nll.flatten(1).sum(dim=1)
    # END SOLUTION


# -------------------- 2.3 dvae_loss
def kl_to_uniform(logits: Float[Tensor, "b k h w"]) -> Float[Tensor, " b"]:
    """Return of each image the divergence of its codes' law from the uniform one, summed over positions."""
    # BEGIN SOLUTION
    log_q = logits.log_softmax(dim=1)
    surplus = log_q.exp() * (log_q + math.log(logits.shape[1]))
    return surplus.flatten(1).sum(dim=1)
    # END SOLUTION


def dvae_loss(nll: Float[Tensor, " b"], kl: Float[Tensor, " b"], beta: float) -> Float[Tensor, ""]:
    """Return the mean over images of nll + beta * kl; with beta = 1 it bounds -log p(x) from above."""
    # BEGIN SOLUTION
    return (nll + beta * kl).mean()
    # END SOLUTION


def cosine_anneal(step: int, start: float, end: float, steps: int) -> float:
    """Lead a number along half a cosine from `start` at step 0 to `end` at `steps`, and keep it there."""
    # BEGIN SOLUTION
    done = min(step / steps, 1.0)
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
    # END SOLUTION
