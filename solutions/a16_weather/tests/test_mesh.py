"""Public checks of the mesh and its links: counts, geometry, and small examples by hand."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, exactly, expect, task
from autograder.nearness import near, unchanged

from .. import plays
from ..globe import grid_points, icosahedron


def levels(submission, n: int) -> list[tuple[Tensor, Tensor]]:
    """Return vertices and faces after 0, 1, ..., n refinements."""
    meshes = [icosahedron()]
    for _ in range(n):
        meshes.append(submission.mesh.refine(*meshes[-1]))
    return meshes


def lengths(vertices: Tensor, faces: Tensor) -> Tensor:
    """Return the lengths of all sides."""
    return (vertices[faces] - vertices[faces.roll(1, dims=1)]).norm(dim=2)


# -------------------- 2.1 multimesh
@task("multimesh")
def test_counts(submission):
    """Levels 0 to 3 have 12, 42, 162, 642 vertices and 20, 80, 320, 1,280 faces; all levels 5,100 edges"""
    meshes = levels(submission, 3)
    for level, (vertices, faces) in enumerate(meshes):
        found, due = (len(vertices), len(faces)), (10 * 4**level + 2, 20 * 4**level)
        hint = "A middle belongs to two faces, and is one vertex."
        expect(found == due, f"level {level} has {found} vertices and faces; expected {due}", hint)
    for level, due in enumerate((60, 300, 1260, 5100)):
        came = submission.mesh.multimesh_edges([faces for _, faces in meshes[: level + 1]])
        hint = "All levels, both directions, nothing twice."
        expect(came.shape == (2, due), f"up to level {level} {tuple(came.shape)}; expected {(2, due)}", hint)


@task("multimesh", weight=2)
def test_geometry(submission):
    """New vertices lie on the sphere, faces turn the same way, and the longest edges are as in the table"""
    args = list(icosahedron())
    came = submission.play(plays.calling, "mesh", "refine", args)
    unchanged(came["arguments"], args)
    vertices, faces = came["value"]
    hint = "The middle of two points on a sphere lies below it: divide by its length."
    for longest in (0.618034, 0.324920):
        near(vertices.norm(dim=1), torch.ones(len(vertices)).double(), "lengths of vertices", hint)
        turning = torch.linalg.det(vertices[faces])
        hint = "The middle triangle and the three around it go round in the sense of the whole one."
        expect(bool((turning > 0).all()), f"{int((turning <= 0).sum())} faces turn the other way", hint)
        near(lengths(vertices, faces).max(), exactly(longest)[0], "the longest edge", within=5e-7)
        # Corners of the same directions see the whole sphere, once.
        a, b, c = vertices[faces].unbind(dim=1)
        dots = 1 + (a * b + b * c + c * a).sum(dim=1)
        near(2 * torch.atan2(turning, dots).sum(), exactly(4 * math.pi)[0], "solid angles", within=1e-10)
        vertices, faces = submission.mesh.refine(vertices, faces)


@task("multimesh")
def test_old_vertices_stay(submission):
    """The old vertices come first, where they were; each old edge has its middle, once; float32 stays"""
    vertices, faces = icosahedron()
    finer, _ = submission.mesh.refine(vertices, faces)
    near(finer[:12], vertices, "the first twelve vertices", "New vertices are appended.", 0)
    sides = (torch.cdist(vertices, vertices) - 1.051462).abs() < 1e-5
    near(sides.sum(), torch.tensor(60), "neighbours")
    expected = (vertices[:, None] + vertices)[sides] / 1.7013016
    gaps = torch.cdist(finer[12:], expected)
    expect(bool((gaps.amin(dim=1) < 1e-6).all()), "there are vertices that are not middles of edges")
    expect(bool((gaps.amin(dim=0) < 1e-6).all()), "there are edges without a middle")
    single, _ = submission.mesh.refine(vertices.float(), faces)
    expect(single.dtype == torch.float32, f"float32 vertices become {single.dtype}; expected float32")


@task("multimesh", weight=2)
def test_both_ways_once(submission):
    """One triangle has six edges, two that share a side ten; of an icosahedron each goes both ways, once"""
    for faces, pairs in (
        ([[4, 1, 2]], {(4, 1), (1, 2), (2, 4)}),
        ([[0, 1, 2], [2, 1, 3]], {(0, 1), (1, 2), (2, 0), (1, 3), (3, 2)}),
    ):
        came = [tuple(pair) for pair in submission.mesh.multimesh_edges([torch.tensor(faces)]).T.tolist()]
        due = pairs | {(b, a) for a, b in pairs}
        hint = "Sender and receiver, and the other way round; a side of two faces is one edge."
        expect(
            sorted(came) == sorted(due), f"{faces} has the edges {sorted(came)}; expected {sorted(due)}", hint
        )
    _, faces = icosahedron()
    came = submission.mesh.multimesh_edges([faces, faces[:1]])
    expect(len(set(map(tuple, came.T.tolist()))) == 60 == came.shape[1], "edges are missing, or there twice")


# -------------------- 2.2 grid_mesh
GRID = grid_points(torch.arange(-87.5, 90, 5), torch.arange(0, 360, 5))


def random_mesh(seed: Seed, n: int = 24) -> tuple[Tensor, Tensor]:
    """Return points of the sphere, each with the one opposite, and the triangles of their convex hull.

    Corners go counter-clockwise. Hulls of points without opposites need not be around the centre.
    """
    from scipy.spatial import ConvexHull

    half = seed.normal(n // 2, 3)
    half = half / half.norm(dim=1, keepdim=True)
    vertices = torch.cat([half, -half])
    faces = torch.from_numpy(ConvexHull(vertices.numpy()).simplices).long()
    other = torch.linalg.det(vertices[faces]) < 0
    faces[other] = faces[other].flip(1)
    return vertices, faces


def shares(grid: Tensor, corners: Tensor) -> Tensor:
    """Return the weights with which each point is the sum of its three corners."""
    return torch.linalg.solve(corners.mT, grid[:, :, None])[:, :, 0]


@task("grid_mesh", weight=2)
def test_links_within_a_radius(submission):
    """A grid of 36 x 72 has 3,176 links to the icosahedron within .6 times its edge; grid first, then mesh"""
    vertices, _ = icosahedron()
    came = submission.mesh.grid2mesh_edges(GRID, vertices, 0.6 * 1.0514622)
    hint = "The straight-line distance, at most the radius: not its square, not the angle."
    expect(came.shape == (2, 3176), f"there are {tuple(came.shape)} numbers; expected (2, 3176)", hint)
    hint = "Row 0 has points of the grid, row 1 vertices."
    due = torch.tensor([2591, 11])
    expect(
        torch.equal(came.amax(dim=1), due),
        f"the largest are {came.amax(dim=1).tolist()}; expected 2591, 11",
        hint,
    )
    apart = (GRID[came[0]] - vertices[came[1]]).norm(dim=1)
    expect(bool((apart <= 0.630878).all()), "there are links longer than the radius", hint)
    expect(len(set(map(tuple, came.T.tolist()))) == 3176, "some links are there twice")


@task("grid_mesh")
def test_straight_lines(submission):
    """Points 90 degrees apart are 1.4142136 apart; on the radius counts; points may have no link"""
    grid = grid_points(torch.tensor([0.0, 90.0]), torch.tensor([0.0]))
    vertices = torch.tensor([[1, 0, 0], [0, 1, 0], [-1, 0, 0]]).double()
    for radius, due in (
        (1.42, [[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]),
        (1.41, [[0, 0]]),
        (2.0, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]),
    ):
        came = submission.mesh.grid2mesh_edges(grid, vertices, radius)
        hint = "The length of the difference in space, not the angle along the surface."
        expect(
            sorted(came.T.tolist()) == due,
            f"links of {radius}: {sorted(came.T.tolist())}; expected {due}",
            hint,
        )


@task("grid_mesh", weight=2)
def test_triangles_around_points(submission, seed):
    """Each point hears the corners of the triangle around it: it is their sum with weights of 0 or more"""
    for vertices, faces in (icosahedron(), random_mesh(seed)):
        came = submission.mesh.mesh2grid_edges(GRID, vertices, faces)
        expect(
            came.shape == (2, 3 * len(GRID)), f"there are {tuple(came.shape)} numbers; expected 2 x 3 x 2592"
        )
        hint = "Row 0 has vertices, row 1 points of the grid, each of them three times."
        counts = torch.bincount(came[1], minlength=len(GRID))
        expect(
            len(counts) == len(GRID) and bool((counts == 3).all()), "not each point has three senders", hint
        )
        corners = came[0, came[1].argsort(stable=True)].view(-1, 3)
        expect(bool((corners < len(vertices)).all()), "there are vertices that do not exist", hint)
        known = {tuple(sorted(face)) for face in faces.tolist()}
        strange = sum(tuple(sorted(three)) not in known for three in corners.tolist())
        hint = "Neither the three nearest vertices nor the nearest centre: solve p = V w for each face."
        expect(strange == 0, f"for {strange} points the three senders are no face", hint)
        least = shares(GRID, vertices[corners]).min()
        expect(bool(least >= -1e-9), f"a point is outside of its triangle: a weight is {least:.3g}", hint)


@task("grid_mesh")
def test_exact_interpolation(submission, seed):
    """With those weights linear functions come exactly to the grid; faces in any order"""
    vertices, faces = random_mesh(seed, 12)
    order = seed.fork("order").uniform(len(faces)).argsort()
    args = [GRID[::7], vertices, faces[order]]
    came = submission.play(plays.calling, "mesh", "mesh2grid_edges", args)
    unchanged(came["arguments"], args)
    sender, receiver = came["value"]
    corners = sender[receiver.argsort(stable=True)].view(-1, 3)
    w = shares(args[0], vertices[corners])
    slope = exactly(1, -2, 3)
    near((w * (vertices[corners] @ slope)).sum(dim=1), args[0] @ slope, "a linear function", within=1e-10)
    expect(bool((w >= -1e-9).all()), "there are points outside of their triangle")
