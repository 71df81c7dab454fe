"""GraphCast's mesh: an icosahedron that is refined, edges of all levels, and links to and from a grid."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def refine(
    vertices: Float[Tensor, "v 3"],
    faces: Int[Tensor, "f 3"],
) -> tuple[Float[Tensor, "v2 3"], Int[Tensor, "f4 3"]]:
    """Return a mesh on the unit sphere with each face cut into four.

    New vertices are the middles of edges, moved out to the sphere; they come after the old ones, each once.
    Corners keep their sense of turning.
    """
    # BEGIN SOLUTION
    sides = torch.cat([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).sort(dim=1).values  # 3f 2
    edges, which = sides.unique(dim=0, return_inverse=True)  # e 2, 3f
    middles = F.normalize(vertices[edges].sum(dim=1), dim=1)  # e 3
    a, b, c = faces.unbind(dim=1)
    ab, bc, ca = (len(vertices) + which).view(3, -1)
    children = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return torch.cat([vertices, middles]), torch.cat([torch.stack(one, dim=1) for one in children])
    # END SOLUTION


def multimesh_edges(faces: list[Int[Tensor, "f 3"]]) -> Int[Tensor, "2 e"]:
    """Return senders and receivers: all edges of all levels, in both directions, each once (Lam et al. 2023).

    Order is free.
    """
    # BEGIN SOLUTION
    sides = torch.cat([torch.stack([one, one.roll(1, dims=1)]).flatten(1) for one in faces], dim=1)  # 2 3f
    return torch.cat([sides, sides.flip(0)], dim=1).unique(dim=1)
    # END SOLUTION


def grid2mesh_edges(
    grid: Float[Tensor, "n 3"],
    vertices: Float[Tensor, "v 3"],
    radius: float,
) -> Int[Tensor, "2 e"]:
    """Return (point of the grid, vertex) for all pairs at a straight-line distance of at most `radius`.

    Order is free. GraphCast takes .6 times the longest edge of the finest mesh.
    """
    # BEGIN SOLUTION
    apart = (grid[:, None] - vertices).square().sum(dim=2)  # n v
    return (apart <= radius**2).nonzero().T
    # END SOLUTION


def mesh2grid_edges(
    grid: Float[Tensor, "n 3"],
    vertices: Float[Tensor, "v 3"],
    faces: Int[Tensor, "f 3"],  # of the finest mesh
) -> Int[Tensor, "2 e"]:
    """Return (vertex, point of the grid) for the three corners of the spherical triangle around each point.

    That is the face of whose corners the point is a sum with weights of 0 or more. Order is free; a point on
    an edge may take either face.
    """
    # BEGIN SOLUTION
    inverse = torch.linalg.inv(vertices[faces].mT)  # f 3 3
    shares = torch.einsum("fij,nj->nfi", inverse, grid)
    around = shares.amin(dim=2).argmax(dim=1)  # n
    points = torch.arange(len(grid), device=grid.device).repeat_interleave(3)
    return torch.stack([faces[around].flatten(), points])
    # END SOLUTION
