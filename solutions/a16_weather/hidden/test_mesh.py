"""Hidden checks of the mesh and its links: other solids, turned ones, convex hulls, and pairs by loops."""

import torch
from scipy.spatial import ConvexHull, cKDTree
from torch import Tensor

from autograder.checks import Seed, any_of, expect, task
from autograder.nearness import near

from ..globe import icosahedron
from ..tests.test_mesh import random_mesh, shares
from .fresh import share_alike


def turned(seed: Seed, vertices: Tensor, faces: Tensor) -> tuple[Tensor, Tensor]:
    """Turn a mesh, and number its vertices and faces anew."""
    rotation, upper = torch.linalg.qr(seed.fork("turn").normal(3, 3))
    rotation = rotation * upper.diagonal().sign()
    rotation = rotation * torch.linalg.det(rotation)
    order = seed.fork("order").uniform(len(vertices)).argsort()
    mixed = seed.fork("faces").uniform(len(faces)).argsort()
    return (vertices @ rotation.mT)[order], order.argsort()[faces][mixed]


def octahedron() -> tuple[Tensor, Tensor]:
    """Return six vertices and eight faces."""
    vertices = torch.cat([torch.eye(3), -torch.eye(3)]).double()
    hull = torch.from_numpy(ConvexHull(vertices.numpy()).simplices).long()
    other = torch.linalg.det(vertices[hull]) < 0
    return vertices, torch.where(other[:, None], hull.flip(1), hull)


def as_sets(faces: Tensor) -> set[tuple[int, ...]]:
    """Return faces as sets of corners."""
    return {tuple(sorted(face)) for face in faces.tolist()}


def pairs_of(faces: list[Tensor]) -> list[tuple[int, int]]:
    """Return all directed pairs of neighbours, sorted."""
    pairs = set()
    for one in faces:
        for a, b, c in one.tolist():
            pairs |= {(a, b), (b, a), (b, c), (c, b), (c, a), (a, c)}
    return sorted(pairs)


# -------------------- 2.1 multimesh
@task("multimesh", gate=True)
def test_meshes_are_an_answer_at_all(submission, seed):
    """Refined meshes have more vertices, the old ones among them, or edges join neighbours"""
    vertices, faces = turned(seed, *icosahedron())

    def finer() -> None:
        came, fine = submission.mesh.refine(vertices, faces)
        expect(len(came) > 12 and len(fine) > 20, "nothing became finer")
        far = torch.cdist(vertices, came).amin(dim=1).max()
        expect(bool(far < 0.01), "the old vertices are not among the new ones")

    def joined() -> None:
        came = set(map(tuple, submission.mesh.multimesh_edges([faces]).T.tolist()))
        right = came & set(pairs_of([faces]))
        expect(len(right) > 0.7 * len(came), "edges do not join neighbours")

    any_of(finer, joined)


@task("multimesh", weight=3)
def test_fresh_solids(submission, seed):
    """Turned and renumbered solids, refined twice, are the convex hulls of their vertices

    Every edge has one middle, shared by both faces, pushed out to the sphere; old vertices stay in front, and
    faces keep their sense of rotation.
    """
    for name, solid in (("octahedron", octahedron()), ("icosahedron", icosahedron())):
        vertices, faces = turned(seed.fork(name), *solid)
        for _ in range(2):
            before = len(vertices)
            finer, faces = submission.mesh.refine(vertices, faces)
            near(finer[:before], vertices, f"the old vertices of the {name}", within=0)
            near(finer.norm(dim=1), torch.ones(len(finer)).double(), "lengths")
            vertices = finer
            count = 4 * before - 6
            expect(len(vertices) == count, f"there are {len(vertices)} vertices; expected {count}")
            expect(len(faces) == 2 * count - 4, f"there are {len(faces)} faces; expected {2 * count - 4}")
            expect(bool((torch.linalg.det(vertices[faces]) > 0).all()), "there are faces that turn back")
        if name == "icosahedron":  # the faces of an octahedron's middles are flat: its hull is not unique
            due = as_sets(torch.from_numpy(ConvexHull(vertices.numpy()).simplices))
            expect(as_sets(faces) == due, "the faces are not those of the convex hull")


@task("multimesh", weight=2)
def test_fresh_edges(submission, seed):
    """Edges of fresh meshes, of several levels together and of one, are all pairs of neighbours, each once

    Both directions of each edge, each once, of all levels together.
    """
    levels = [random_mesh(seed.fork(f"{n}"), n)[1] for n in (6, 11, 20)]
    for faces in (levels, levels[1:2], [levels[2][:7], levels[0]]):
        came = sorted(tuple(pair) for pair in submission.mesh.multimesh_edges(faces).T.tolist())
        expect(came == pairs_of(faces), f"{len(came)} edges came; expected {len(pairs_of(faces))}")


# -------------------- 2.2 grid_mesh
@task("grid_mesh", gate=True)
def test_links_are_an_answer_at_all(submission, seed):
    """Links of fresh points join what is near, or triangles are around what they send to"""
    vertices, faces = random_mesh(seed)
    grid = random_mesh(seed.fork("grid"), 40)[0]
    table = torch.cdist(grid, vertices)

    def joined() -> None:
        came = submission.mesh.grid2mesh_edges(grid, vertices, 0.8)
        made = torch.zeros_like(table, dtype=torch.bool)
        made[came[0], came[1]] = True
        share_alike(made, table <= 0.8, 0.85)

    def around() -> None:
        sender, receiver = submission.mesh.mesh2grid_edges(grid, vertices, faces)
        expect(bool((table[receiver, sender] < 1.2).double().mean() > 0.8), "senders are far away")

    any_of(joined, around)


@task("grid_mesh", weight=2)
def test_fresh_radii(submission, seed):
    """Fresh points and radii: the pairs that a tree of neighbours finds, each once

    All pairs whose straight distance, through the Earth, is at most the radius, each once: senders in row 0.
    """
    vertices, grid = random_mesh(seed)[0], random_mesh(seed.fork("grid"), 50)[0]
    for radius in (0.15, 0.6, 1.3):
        near_by = cKDTree(vertices.numpy()).query_ball_point(grid.numpy(), radius)
        due = sorted((i, j) for i, row in enumerate(near_by) for j in row)
        came = sorted(
            tuple(pair) for pair in submission.mesh.grid2mesh_edges(grid, vertices, radius).T.tolist()
        )
        expect(came == due, f"{len(came)} links within {radius}; expected {len(due)}")


@task("grid_mesh", weight=2)
def test_fresh_triangles(submission, seed):
    """Fresh points in fresh, turned meshes: each is a sum of its senders with weights of 0 or more

    The face of whose corners the point is a sum with weights of 0 or more: neither the three nearest vertices
    nor the nearest centre.
    """
    for n in (8, 30):
        vertices, faces = turned(seed.fork(f"{n}"), *random_mesh(seed.fork(f"mesh {n}"), n))
        grid = random_mesh(seed.fork(f"grid {n}"), 60)[0]
        sender, receiver = submission.mesh.mesh2grid_edges(grid, vertices, faces)
        expect(receiver.sort().values.tolist() == [i for i in range(60) for _ in range(3)], "not 3 for each")
        corners = sender[receiver.argsort(stable=True)].view(-1, 3)
        expect(as_sets(corners) <= as_sets(faces), "there are senders that are no face")
        expect(bool((shares(grid, vertices[corners]) >= -1e-9).all()), "points are outside their triangles")
