"""Smooth activations, and their derivatives: what reaches a layer whose input is below zero.

Everything works value by value, on tensors of any shape, in the dtype that comes in.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def gelu(
    x: Float[Tensor, "*shape"],
    approximate: str = "none",
    mean: float = 0.0,
    std: float = 1.0,  # positive
) -> Float[Tensor, "*shape"]:
    """Return x times the probability that a normal number of this law lies below x (Hendrycks, Gimpel 2016).

    `approximate` is "none" for the exact form, or "tanh" for the one of BERT and GPT-2 (their Section 2).
    Raises ValueError for any other word.
    """
    # BEGIN SOLUTION
    z = (x - mean) / std
    if approximate == "none":
        return x * 0.5 * torch.erfc(-z / math.sqrt(2))
    if approximate == "tanh":
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    raise ValueError(f'approximate must be "none" or "tanh", but is {approximate!r}')
    # END SOLUTION


def gelu_grad(
    x: Float[Tensor, "*shape"],
    approximate: str = "none",
    mean: float = 0.0,
    std: float = 1.0,
) -> Float[Tensor, "*shape"]:
    """Return the derivative of `gelu` at x. Raises ValueError as it does."""
    # BEGIN SOLUTION
    z = (x - mean) / std
    if approximate == "none":
        density = torch.exp(-(z**2) / 2) / (std * math.sqrt(2 * math.pi))
        return 0.5 * torch.erfc(-z / math.sqrt(2)) + x * density
    if approximate == "tanh":
        bent = torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2) / std
        return 0.5 * (1 + bent) + 0.5 * x * (1 - bent**2) * slope
    raise ValueError(f'approximate must be "none" or "tanh", but is {approximate!r}')
    # END SOLUTION


def silu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return x times the logistic function of x, also called swish (Ramachandran et al. 2017)."""
    # BEGIN SOLUTION
    return x * torch.sigmoid(x)
    # END SOLUTION


def silu_grad(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return the derivative of `silu` at x."""
    # BEGIN SOLUTION
    gate = torch.sigmoid(x)
    return gate + x * gate * (1 - gate)
    # END SOLUTION
