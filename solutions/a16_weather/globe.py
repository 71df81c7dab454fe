"""Given: points on the unit sphere, the icosahedron, and Legendre functions."""

import math

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor


def grid_points(lat: Float[Tensor, " h"], lon: Float[Tensor, " w"]) -> Float64[Tensor, "n 3"]:
    """Return the points of a grid on the unit sphere, row by row; z points to the north pole."""
    phi, turn = torch.meshgrid(torch.deg2rad(lat.double()), torch.deg2rad(lon.double()), indexing="ij")
    return torch.stack([phi.cos() * turn.cos(), phi.cos() * turn.sin(), phi.sin()], dim=-1).reshape(-1, 3)


def icosahedron() -> tuple[Float64[Tensor, "12 3"], Int64[Tensor, "20 3"]]:
    """Return vertices and faces; seen from outside, a face's corners come counter-clockwise."""
    golden = (1 + math.sqrt(5)) / 2
    corners = [(0.0, a, b * golden) for a in (1, -1) for b in (1, -1)]
    turned = [tuple(one[k - shift] for k in range(3)) for shift in range(3) for one in corners]
    vertices = torch.tensor(turned, dtype=torch.float64) / math.sqrt(1 + golden**2)
    near = torch.cdist(vertices, vertices) < 1.1
    faces = []
    for i, j, k in torch.combinations(torch.arange(12), 3).tolist():
        if near[i, j] and near[j, k] and near[i, k]:
            outside = torch.linalg.det(vertices[[i, j, k]]) > 0
            faces.append((i, j, k) if outside else (i, k, j))
    return vertices, torch.tensor(faces)


def legendre(lat: Float[Tensor, " h"], L: int) -> Float64[Tensor, "L L h"]:
    """Return the normalised Legendre functions P[l, m] at latitudes, 0 where m > l, without (-1)^m.

    P[l, 0], and sqrt(2) P[l, m] cos(m lon) and sqrt(2) P[l, m] sin(m lon) for m > 0, are the real spherical
    harmonics, whose squares have the integral 1 over the sphere.
    """
    sine, cosine = torch.deg2rad(lat.double()).sin(), torch.deg2rad(lat.double()).cos()
    P = torch.zeros(L, L, len(lat), dtype=torch.float64, device=lat.device)
    P[0, 0] = 1 / math.sqrt(4 * math.pi)
    for m in range(1, L):
        P[m, m] = math.sqrt((2 * m + 1) / (2 * m)) * cosine * P[m - 1, m - 1]
    for m in range(L):
        for degree in range(m + 1, L):
            a = math.sqrt((4 * degree**2 - 1) / (degree**2 - m**2))
            P[degree, m] = a * sine * P[degree - 1, m]
            if degree > m + 1:
                b = math.sqrt(((degree - 1) ** 2 - m**2) / (4 * (degree - 1) ** 2 - 1))
                P[degree, m] -= a * b * P[degree - 2, m]
    return P
