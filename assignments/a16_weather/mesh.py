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
    raise NotImplementedError("TODO multimesh: read task 2.1 in README.md")


def multimesh_edges(faces: list[Int[Tensor, "f 3"]]) -> Int[Tensor, "2 e"]:
    """Return senders and receivers: all edges of all levels, in both directions, each once (Lam et al. 2023).

    Order is free.
    """
    raise NotImplementedError("TODO multimesh: read task 2.1 in README.md")


def grid2mesh_edges(
    grid: Float[Tensor, "n 3"],
    vertices: Float[Tensor, "v 3"],
    radius: float,
) -> Int[Tensor, "2 e"]:
    """Return (point of the grid, vertex) for all pairs at a straight-line distance of at most `radius`.

    Order is free. GraphCast takes .6 times the longest edge of the finest mesh.
    """
    raise NotImplementedError("TODO grid_mesh: read task 2.2 in README.md")


def mesh2grid_edges(
    grid: Float[Tensor, "n 3"],
    vertices: Float[Tensor, "v 3"],
    faces: Int[Tensor, "f 3"],  # of the finest mesh
) -> Int[Tensor, "2 e"]:
    """Return (vertex, point of the grid) for the three corners of the spherical triangle around each point.

    That is the face of whose corners the point is a sum with weights of 0 or more. Order is free; a point on
    an edge may take either face.
    """
    raise NotImplementedError("TODO grid_mesh: read task 2.2 in README.md")
