"""Public checks of rays and encoding: worked numbers, pixels found again, angles between waves."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, expect_dtype, task
from autograder.nearness import WORKED, near, unchanged


def a_pose(seed: Seed) -> Tensor:
    """Return the pose of a camera that is turned and moved at random."""
    axes, _ = torch.linalg.qr(seed.fork("axes").normal(3, 3))
    axes[:, 2] *= torch.linalg.det(axes)  # no mirror
    pose = torch.eye(4, dtype=torch.float64)
    pose[:3, :3], pose[:3, 3] = axes, seed.fork("place").normal(3)
    return pose


# -------------------- 1.1 camera_rays
@task("camera_rays", weight=2)
def test_worked_rays(submission):
    """Focal 2 and 2 x 4 pixels have the directions of the handout; a single pixel looks along -z"""
    o, d = submission.rays.camera_rays(torch.eye(4, dtype=torch.float64), 2.0, 2, 4)
    hint = "(i + .5 - w/2, -(j + .5 - h/2)) / focal and -1, brought to length 1."
    expected = exactly(-0.5883484, 0.1961161, -0.7844645)
    near(o, torch.zeros(2, 4, 3).double(), "origins")
    for row, column, signs in ((0, 0, (1, 1, 1)), (1, 3, (-1, -1, 1))):
        what = f"the direction of row {row}, column {column}"
        close(d[row, column], expected * exactly(*signs), rtol=0, atol=WORKED, what=what, hint=hint)
    _, one = submission.rays.camera_rays(torch.eye(4, dtype=torch.float64), 3.0, 1, 1)
    near(one.flatten(), exactly(0, 0, -1), "the direction of a single pixel", hint)


@task("camera_rays", weight=2)
def test_rays_lead_back_to_their_pixels(submission, seed):
    """A point on a ray, seen by a turned and moved camera, lies at (i + .5, j + .5) of its picture"""
    pose, focal, height, width = a_pose(seed), 5.0, 3, 4
    o, d = submission.rays.camera_rays(pose, focal, height, width)
    x, y, z = ((o + 1.7 * d - pose[:3, 3]) @ pose[:3, :3]).unbind(-1)  # in the camera's axes
    expect(bool((z < 0).all()), "points lie behind the camera", "It looks along its -z.")
    columns, rows = torch.arange(4).double() + 0.5, torch.arange(3).double() + 0.5
    hint = (
        "All off by the same part of a pixel: where is the middle of the picture, if the first pixel's "
        "centre is at .5? Else look at the pose, whose columns are the camera's axes: world = pose[:3, :3] @ "
        "camera."
    )
    near(focal * x / -z + width / 2, columns.expand(3, 4), "the column", hint, 1e-11)
    near(height / 2 - focal * y / -z, rows[:, None].expand(3, 4), "the row", hint, 1e-11)


@task("camera_rays")
def test_length_and_origin_of_rays(submission, seed):
    """Directions have length 1, every ray begins where the camera stands, and the pose's dtype stays"""
    pose = a_pose(seed)
    o, d = submission.rays.camera_rays(pose, 4.0, 2, 3)
    near(d.norm(dim=-1), torch.ones(2, 3).double(), "the length", "Normalise: published code leaves z = -1.")
    near(o, pose[:3, 3].expand(2, 3, 3), "origins", "pose[:3, 3], for every pixel.")
    for one in submission.rays.camera_rays(pose.float(), 4.0, 2, 3):
        expect_dtype(one, torch.float32)


@task("camera_rays")
def test_moving_a_camera_turns_nothing(submission, seed):
    """A camera that is moved sees in the same directions"""
    pose = a_pose(seed)
    moved = pose.clone()
    moved[:3, 3] += exactly(3, -2, 1)
    _, d = submission.rays.camera_rays(pose, 4.0, 3, 2)
    _, after = submission.rays.camera_rays(moved, 4.0, 3, 2)
    near(after, d, "directions", "Directions are turned, not moved: only pose[:3, :3].")


# -------------------- 1.2 positional_encoding
POINT = exactly(0.1, -0.2, 0.3)
WAVES = exactly(
    *(0.0998334, -0.1986693, 0.2955202, 0.9950042, 0.9800666, 0.9553365),
    *(0.1986693, -0.3894183, 0.5646425, 0.9800666, 0.9210610, 0.8253356),
)


@task("positional_encoding", weight=2)
def test_worked_encoding(submission):
    """(.1, -.2, .3) with two frequencies is the handout's row, after the point itself or without it"""
    hint = "For each k: the sines of 2^k p in all coordinates, then their cosines. No pi."
    came = submission.encoding.positional_encoding(POINT, 2)
    close(came, torch.cat([POINT, WAVES]), rtol=0, atol=WORKED, what="the encoding", hint=hint)
    came = submission.encoding.positional_encoding(POINT, 2, False)
    close(came, WAVES, rtol=0, atol=WORKED, what="the encoding without the input", hint=hint)


@task("positional_encoding")
def test_widths_of_encodings(submission, seed):
    """Points of 3 numbers have 63 with L = 10, 27 with L = 4, 60 without themselves, 3 with L = 0"""
    points = seed.normal(2, 5, 3)
    for L, include, width in ((10, True, 63), (4, True, 27), (10, False, 60), (0, True, 3), (0, False, 0)):
        came = submission.encoding.positional_encoding(points, L, include)
        what = f"L = {L}, include_input = {include}: the shape is {tuple(came.shape)}"
        expect(came.shape == (2, 5, width), f"{what}; expected {(2, 5, width)}")


@task("positional_encoding")
def test_products_of_encodings(submission, seed):
    """Two encodings without input have the product sum of cos(2^k (p - q)), and d L with themselves"""
    p, q = seed.fork("p").normal(4, 2), seed.fork("q").normal(4, 2)
    a, b = (submission.encoding.positional_encoding(one, 5, False) for one in (p, q))
    expected = sum(torch.cos(2**k * (p - q)).sum(dim=1) for k in range(5))
    hint = "sin a sin b + cos a cos b = cos(a - b), for each frequency 1, 2, 4, ..., 2^(L-1)."
    near((a * b).sum(dim=-1), expected, "the product", hint, 1e-11)
    near((a * a).sum(dim=-1), torch.full((4,), 10.0).double(), "the squared length", hint, 1e-11)


@task("positional_encoding")
def test_encoding_of_single_precision(submission, seed):
    """float32 stays float32, the point itself comes first and unchanged, and nothing is written into it"""
    points = seed.normal(3, 3, dtype=torch.float32)
    given = points.clone()
    came = submission.encoding.positional_encoding(points, 3)
    expect_dtype(came, torch.float32)
    near(came[:, :3], given, "the first numbers")
    near(came[:, 9:12].double(), (2 * given.double()).sin(), "the sines of 2 p", within=1e-6)
    unchanged(points, given)
    expect(math.isfinite(came.sum().item()), "there are values that are not finite")
