"""Public checks of frames: residues that were turned, points in their axes, a worked FAPE."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect_dtype, raises, task
from autograder.nearness import WORKED, near, unchanged

from .. import plays
from .turns import about_z, turns

ONE = torch.eye(3, dtype=torch.float64)


def residues(seed: Seed, *n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return N, CA, C of residues, each with bonds and an angle of its own, and their frames."""
    R, t = turns(seed.fork("R"), *n), 5 * seed.fork("t").normal(*n, 3)
    flat = torch.zeros(*n, 3, 3, dtype=torch.float64)  # in their own axes: C along x, N above x
    flat[..., 2, 0] = 1 + seed.fork("C").uniform(*n)
    flat[..., 0, 0] = seed.fork("N").normal(*n)
    flat[..., 0, 1] = 0.5 + seed.fork("above").uniform(*n)
    return torch.einsum("...ij,...aj->...ai", R, flat) + t.unsqueeze(-2), R, t


@task("frames", weight=2)
def test_frames_of_turned_residues(submission, seed):
    """Residues that were turned and moved have these turns as frames, and CA as origin; batches too"""
    for n in ((4,), (2, 3), ()):
        atoms, R, t = residues(seed, *n)
        called = submission.play(plays.called, "frames", "backbone_frames", [atoms.clone()])
        unchanged(called["arguments"], [atoms])
        came_R, came_t = called["result"]
        hint = (
            "The columns of R: along CA to C; along CA to N without its part along the first; their product."
        )
        near(came_R, R, "R", hint)
        near(came_t, t, "t", "The origin is CA.")


@task("frames")
def test_atoms_that_give_no_axes(submission, seed):
    """N on the line through CA and C, or C or N on CA, raises ValueError; float32 stays float32"""
    atoms, R, _ = residues(seed, 3)
    for atom, place in ((0, 3 * atoms[1, 2] - 2 * atoms[1, 1]), (2, atoms[1, 1]), (0, atoms[1, 1])):
        flat = atoms.clone()
        flat[1, atom] = place
        with raises(ValueError):
            submission.frames.backbone_frames(flat)
    came, _ = submission.frames.backbone_frames(atoms.float())
    expect_dtype(came, torch.float32)
    near(came, R, "R in float32", within=1e-5)


@task("frames", weight=2)
def test_points_in_each_frame(submission, seed):
    """(1, 2, 0) from (1, 0, 0) after a quarter turn about z is (2, 0, 0); every point in every frame"""
    came = submission.frames.to_local(
        about_z(torch.pi / 2)[None], exactly(1, 0, 0)[None], exactly(1, 2, 0)[None]
    )
    near(came, exactly(2, 0, 0)[None, None], "the point", "The transpose of R turns x - t back.")
    R, t, x = turns(seed, 3), seed.fork("t").normal(3, 3), seed.fork("x").normal(5, 3)
    came = submission.frames.to_local(R, t, x)
    for i in range(3):
        back = came[i] @ R[i].mT + t[i]  # 5 3
        near(back, x, f"points in frame {i}, brought back", "First frames, then points.")


@task("frames", weight=2)
def test_worked_fape(submission):
    """The handout's errors: a frame turned by 90 degrees, a point 16 or 160 Å off, clamped and not"""
    t, R = exactly(0, 0, 0, 4, 0, 0).reshape(2, 3), torch.stack([ONE, about_z(torch.pi / 2)])
    true = (ONE.expand(2, 3, 3), t, t)
    hint = "The root of squared distance + eps, of each point in each frame; the mean; divided by unit."
    close(
        submission.frames.fape(R, t, t, *true), 0.14217157720, rtol=1e-8, what="the turned frame", hint=hint
    )
    came = submission.frames.fape(R, t, t, *true, None, 2.0, 0.25)
    close(came, 0.89736354, rtol=0, atol=WORKED, what="with unit 2 and eps 1/4", hint=hint)
    far = (
        ONE[None],
        t[:1],
        exactly(0, 0, 0, 16, 0, 0).reshape(2, 3),
        ONE[None],
        t[:1],
        torch.zeros(2, 3).double(),
    )
    cut = "Each error counts as 10 Å at most: clamp it in Å, before you divide by unit and take the mean."
    came = submission.frames.fape(far[0], far[1], 10 * far[2], *far[3:])
    close(came, 0.5005, rtol=1e-8, what="a point 160 Å off", hint=cut)
    close(submission.frames.fape(*far), 0.5005, rtol=1e-8, what="a point 16 Å off", hint=cut)
    came = submission.frames.fape(*far, None)
    close(came, 0.80050016, rtol=0, atol=WORKED, what="a point 16 Å off, not clamped", hint=hint)


@task("frames")
def test_fape_of_the_truth(submission, seed):
    """The truth itself has .001, also where prediction and truth are turned and moved on their own"""
    R, t, x = turns(seed, 3), seed.fork("t").normal(3, 3), seed.fork("x").normal(4, 3)
    turn, move = turns(seed.fork("turn"), 1)[0], exactly(7, -3, 20)
    moved = (turn @ R, t @ turn.mT + move, x @ turn.mT + move)
    for given, true in (((R, t, x), (R, t, x)), (moved, (R, t, x)), ((R, t, x), moved)):
        came = submission.frames.fape(*given, *true)
        hint = "Prediction in its own frames, truth in the true ones; eps = 1e-4 lies inside the root."
        close(came, 0.001, rtol=1e-7, what="the error", hint=hint)
