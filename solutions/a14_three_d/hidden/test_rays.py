"""Hidden checks of rays and encoding: fresh cameras pixel by pixel, waves one by one."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, task
from autograder.nearness import near, near_single

from ..tests.test_rays import a_pose
from .fresh import expect_alike


def one_by_one(pose: Tensor, focal: float, height: int, width: int) -> Tensor:
    """Return the directions of a camera's rays, pixel by pixel in plain numbers."""
    right, up, back = (pose[:3, i].tolist() for i in range(3))
    rows = []
    for j in range(height):
        for i in range(width):
            x, y = (2 * i + 1 - width) / (2 * focal), (height - 2 * j - 1) / (2 * focal)
            d = [x * a + y * b - c for a, b, c in zip(right, up, back, strict=True)]
            length = math.sqrt(1 + x * x + y * y)
            rows.append([value / length for value in d])
    return torch.tensor(rows, dtype=torch.float64).reshape(height, width, 3)


# -------------------- 1.1 camera_rays
@task("camera_rays", gate=True)
def test_rays_are_an_answer_at_all(submission, seed):
    """Directions go with those of a fresh camera"""
    pose = a_pose(seed)
    _, d = submission.rays.camera_rays(pose, 1.0, 5, 6)
    expected = one_by_one(pose, 1.0, 5, 6)
    expect_alike(d.flatten(0, 1) @ d.flatten(0, 1).mT, expected.flatten(0, 1) @ expected.flatten(0, 1).mT)


@task("camera_rays", weight=3)
def test_fresh_cameras(submission, seed):
    """Fresh cameras, pixel by pixel; wide and narrow, one row and one column; float32 too

    Pixel centres, y downwards in the image and upwards in space, the camera looks along -z: try images of one
    row and one column. Directions are turned, not moved.
    """
    sizes = ((3, 5), (6, 2), (1, 4), (4, 1), (seed.integer(2, 5), 7))
    for number, (height, width) in enumerate(sizes):
        pose, focal = a_pose(seed.fork(f"{number}")), 1.5 + number
        o, d = submission.rays.camera_rays(pose, focal, height, width)
        near(d, one_by_one(pose, focal, height, width), f"the directions of {height} x {width} pixels")
        near(o, pose[:3, 3].expand(height, width, 3), "origins")
    o, d = submission.rays.camera_rays(pose.float(), focal, height, width)
    near_single(d, one_by_one(pose, focal, height, width), "directions")
    near_single(o, pose[:3, 3].expand(height, width, 3), "origins")


# -------------------- 1.2 positional_encoding
def waves(p: Tensor, L: int) -> Tensor:
    """Return the encoding of one point, number by number."""
    numbers = []
    for k in range(L):
        for wave in (math.sin, math.cos):
            numbers += [wave(2**k * value) for value in p.tolist()]
    return exactly(*numbers)


@task("positional_encoding", gate=True)
def test_encodings_are_an_answer_at_all(submission, seed):
    """Encodings of near points are alike, as they should be"""
    p = seed.normal(12, 2)
    came = submission.encoding.positional_encoding(p, 3, False)
    expected = torch.stack([waves(one, 3) for one in p])
    expect_alike(came @ came.mT, expected @ expected.mT)


@task("positional_encoding", weight=3)
def test_fresh_encodings(submission, seed):
    """Fresh points of 1, 2 and 3 numbers, wave by wave, with the input and without, in float32 too

    p, then frequency by frequency all sines of 2^k p and all cosines: no pi. Try points of 1, 2 and 3
    numbers.
    """
    for d, L in ((3, 4), (2, 1), (1, 6)):
        p = seed.fork(f"{d}").normal(4, d)
        alone = torch.stack([waves(one, L) for one in p])
        whole = torch.cat([p, alone], dim=1)
        near(submission.encoding.positional_encoding(p, L), whole, "the encoding", within=1e-11)
        near(submission.encoding.positional_encoding(p[:, None], L, False)[:, 0], alone, within=1e-11)
        near_single(submission.encoding.positional_encoding(p.float(), L), whole, "the encoding")
    close(submission.encoding.positional_encoding(p[0], 0), p[0], rtol=0, what="the encoding with L = 0")
