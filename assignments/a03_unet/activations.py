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
    raise NotImplementedError("TODO activations: read task 2.3 in README.md")


def gelu_grad(
    x: Float[Tensor, "*shape"],
    approximate: str = "none",
    mean: float = 0.0,
    std: float = 1.0,
) -> Float[Tensor, "*shape"]:
    """Return the derivative of `gelu` at x. Raises ValueError as it does."""
    raise NotImplementedError("TODO activations: read task 2.3 in README.md")


def silu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return x times the logistic function of x, also called swish (Ramachandran et al. 2017)."""
    raise NotImplementedError("TODO activations: read task 2.3 in README.md")


def silu_grad(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Return the derivative of `silu` at x."""
    raise NotImplementedError("TODO activations: read task 2.3 in README.md")
