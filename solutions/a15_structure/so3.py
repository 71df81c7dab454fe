"""Rotations and rotation vectors (axis times angle): there and back, at every angle."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def so3_exp(v: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 3 3"]:
    """Return the rotation by the angle |v| about v (Rodrigues); its gradient is finite at v = 0, too."""
    # BEGIN SOLUTION
    d, one = v.double(), torch.eye(3, dtype=torch.float64, device=v.device)
    axes = one.expand(*d.shape, 3)
    K = torch.linalg.cross(d[..., None], axes, dim=-2)  # *n 3 3: its columns are the products with the axes
    turns = d.norm(dim=-1)[..., None, None] / math.pi
    # sinc(a) = sin(pi a) / (pi a), and 1 - cos is twice the square of the sine of half the angle.
    R = one + torch.sinc(turns) * K + torch.sinc(turns / 2).square() / 2 * (K @ K)
    return R.to(v.dtype)
    # END SOLUTION


def so3_log(R: Float[Tensor, "*n 3 3"]) -> Float[Tensor, "*n 3"]:
    """Return the rotation vector, with an angle in [0, pi]; at pi either sign of the axis is right."""
    # BEGIN SOLUTION
    M, one = R.double(), torch.eye(3, dtype=torch.float64, device=R.device)
    turned = torch.linalg.cross(one.expand_as(M), M, dim=-2).sum(
        dim=-1
    )  # *n 3: the axis times twice the sine
    trace = M.diagonal(dim1=-2, dim2=-1).sum(dim=-1)[..., None]
    # Four times the products of the quaternion's four numbers with each other.
    first = torch.cat([1 + trace, turned], dim=-1)[..., None, :]
    others = torch.cat([turned[..., None], M + M.mT + (1 - trace[..., None]) * one], dim=-1)
    products = torch.cat([first, others], dim=-2)  # *n 4 4
    # The row with the largest square is the least rounded.
    largest = products.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)[..., None, None]
    q = products.take_along_dim(largest, dim=-2).squeeze(dim=-2)
    q = torch.where(q[..., :1] < 0, -q, q)
    sine = q[..., 1:].norm(dim=-1, keepdim=True)
    angle = 2 * torch.atan2(sine, q[..., :1])
    return (q[..., 1:] * angle / sine.clamp(min=1e-300)).to(R.dtype)
    # END SOLUTION
