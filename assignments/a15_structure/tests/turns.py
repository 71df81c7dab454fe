"""Rotations that checks draw and expect, from scipy."""

import math

import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from autograder.checks import Seed

HALF_TURN = math.pi


def turn(v: Tensor) -> Tensor:
    """Return the rotations about the vectors v (*n 3) by their lengths, in float64."""
    flat = Rotation.from_rotvec(v.double().reshape(-1, 3).numpy()).as_matrix()
    return torch.from_numpy(flat).reshape(*v.shape, 3)


def turns(seed: Seed, *n: int) -> Tensor:
    """Return rotations of all kinds."""
    quaternions = seed.normal(math.prod(n), 4).numpy()
    return torch.from_numpy(Rotation.from_quat(quaternions).as_matrix()).reshape(*n, 3, 3)


def about_z(angle: float) -> Tensor:
    """Return the rotation by an angle about the z axis."""
    return turn(torch.tensor([0.0, 0.0, angle], dtype=torch.float64))
