"""Rotations and rotation vectors (axis times angle): there and back, at every angle."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def so3_exp(v: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3 3"]:
    """Return the rotation by the angle |v| about v (Rodrigues); its gradient is finite at v = 0, too."""
    raise NotImplementedError("TODO so3_exp_log: read task 1.2 in README.md")


def so3_log(R: Float[Tensor, "*n 3 3"]) -> Float[Tensor, "*n 3"]:
    """Return the rotation vector, with an angle in [0, pi]; at pi either sign of the axis is right."""
    raise NotImplementedError("TODO so3_exp_log: read task 1.2 in README.md")
