"""Hidden checks of frames: fresh residues by cross products, points by inverse motions, FAPE by loops."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, task
from autograder.nearness import near, near_single

from ..tests.test_frames import residues
from ..tests.turns import turns
from .fresh import expect_alike


def seen(R: Tensor, t: Tensor, x: Tensor) -> Tensor:
    """Return every point in every frame's axes, by the inverse of its motion."""
    motions = torch.eye(4, dtype=torch.float64).repeat(len(R), 1, 1)
    motions[:, :3, :3], motions[:, :3, 3] = R, t
    homogeneous = torch.cat([x, torch.ones(len(x), 1).double()], dim=1)
    return torch.stack([(torch.linalg.inv(one) @ homogeneous.mT).mT[:, :3] for one in motions])


def fape_by_loops(a: Tensor, b: Tensor, clamp: float, unit: float, eps: float) -> float:
    """Return the mean error of points that were seen from frames (m k 3), one by one."""
    pairs = zip(a.reshape(-1, 3).tolist(), b.reshape(-1, 3).tolist(), strict=True)
    errors = [
        min(clamp, math.sqrt(sum((p - q) ** 2 for p, q in zip(*pair, strict=True)) + eps)) for pair in pairs
    ]
    return sum(errors) / len(errors) / unit


@task("frames", gate=True)
def test_frames_are_an_answer_at_all(submission, seed):
    """Axes, points in them, or errors go with fresh residues"""
    atoms, R, t = residues(seed, 12)
    x = seed.fork("x").normal(6, 3)
    ways = [(turns(seed.fork(f"{i}"), 2), i * seed.fork(f"t{i}").normal(2, 3), x) for i in range(6)]
    due = [fape_by_loops(seen(*way), seen(R[:2], t[:2], x), 100, 1, 1e-4) for way in ways]
    any_of(
        lambda: expect_alike(submission.frames.backbone_frames(atoms)[0], R),
        lambda: expect_alike(submission.frames.to_local(R, t, x), seen(R, t, x)),
        lambda: expect_alike(
            torch.stack([submission.frames.fape(*way, R[:2], t[:2], x, 100.0) for way in ways]),
            torch.tensor(due),
        ),
    )


@task("frames", weight=2)
def test_fresh_frames(submission, seed):
    """Fresh atoms by two cross products, in two batches of three chains; fresh points, in float32 too

    e1 towards C, e2 from N with its share of e1 taken out, e3 by the cross product: which atom is the origin,
    and are axes columns? Batches of any shape.
    """
    atoms = seed.normal(2, 3, 4, 3, 3)
    n, ca, c = (atoms[..., i, :] for i in range(3))
    third = torch.linalg.cross(c - ca, n - ca)
    axes = [c - ca, torch.linalg.cross(third, c - ca), third]
    R = torch.stack([one / one.norm(dim=-1, keepdim=True) for one in axes], dim=-1)
    came_R, came_t = submission.frames.backbone_frames(atoms)
    near(came_R, R, "R", within=1e-10)
    near(came_t, ca, "t")
    R, t, x = turns(seed.fork("R"), 3), 9 * seed.fork("t").normal(3, 3), seed.fork("x").normal(5, 3)
    near(submission.frames.to_local(R, t, x), seen(R, t, x), "the points", within=1e-11)
    near_single(submission.frames.to_local(R.float(), t.float(), x.float()), seen(R, t, x), "the points")


@task("frames", weight=2)
def test_fresh_fape(submission, seed):
    """Fresh frames and points of both sides, error by error, with other clamps, units and eps

    Every point in every frame: sqrt(d^2 + eps), clamped, divided by the unit, then the mean. Clamp before
    dividing.
    """
    sides = []
    for name in ("predicted", "true"):
        own = seed.fork(name)
        sides.append((turns(own.fork("R"), 3), own.fork("t").normal(3, 3), 5 * own.fork("x").normal(4, 3)))
    a, b = (seen(*side) for side in sides)
    for clamp, unit, eps in ((10.0, 10.0, 1e-4), (4.0, 10.0, 1e-4), (6.0, 2.5, 0.5), (None, 1.0, 0.04)):
        came = submission.frames.fape(*sides[0], *sides[1], clamp, unit, eps)
        due = fape_by_loops(a, b, clamp or math.inf, unit, eps)
        close(came, due, rtol=1e-11, what=f"the error with clamp {clamp}, unit {unit:g} and eps {eps:g}")
    came = submission.frames.fape(*sides[0][:2], 90 * sides[0][2], *sides[1])
    due = fape_by_loops(seen(*sides[0][:2], 90 * sides[0][2]), b, 10, 10, 1e-4)
    close(came, due, rtol=1e-11, what="the error of points that are far off")
    near_single(
        submission.frames.fape(*(one.float() for side in sides for one in side)),
        torch.tensor(fape_by_loops(a, b, 10, 10, 1e-4)),
        "the error",
    )
