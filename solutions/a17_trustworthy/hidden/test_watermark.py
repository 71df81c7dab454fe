"""Hidden checks of the mark in the noise: rings by loops, transforms by waves, p-values by scipy."""

import math

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from autograder.checks import any_of, close, exactly, expect_dtype, raises, task

from ..tests.near import near, near_single
from ..tests.planes import picture, plane, spectrum
from .fresh import expect_alike


def by_loops(size: int, key: list[float], inner: int) -> tuple[Tensor, Tensor]:
    """Return pattern and mask, frequency by frequency."""
    pattern, mask = torch.zeros(size, size).double(), torch.zeros(size, size).bool()
    for i in range(size):
        for j in range(size):
            rho = math.hypot(i if 2 * i < size else i - size, j if 2 * j < size else j - size)
            ring = math.floor(rho + 0.5)
            if inner <= ring and rho <= len(key) - 1:
                pattern[i, j], mask[i, j] = key[ring], True
    return pattern, mask


def marked(z: Tensor, pattern: Tensor, mask: Tensor) -> Tensor:
    """Return z with the pattern in the place of its coefficients on the mask, by products with waves."""
    real, imaginary = spectrum(z)
    real, imaginary = torch.where(mask, pattern, real), imaginary.masked_fill(mask, 0.0)
    return spectrum(real)[0] + spectrum(imaginary)[1]


def some_plane(seed, size: int, rings: int, inner: int) -> tuple[Tensor, Tensor]:
    """Return pattern and mask of a fresh key."""
    return by_loops(size, seed.normal(rings).tolist(), inner)


# -------------------- 4.1 embed_rings
@task("embed_rings", gate=True)
def test_marks_are_an_answer_at_all(submission, seed):
    """Patterns, or marked noise, go with fresh keys and noise"""
    key = 1 + seed.fork("key").uniform(4)
    pattern, mask = by_loops(11, key.tolist(), 1)
    z = seed.fork("z").normal(11, 11)
    any_of(
        lambda: expect_alike(submission.rings.ring_pattern(11, key, 1)[0], pattern),
        lambda: expect_alike(
            submission.rings.embed_rings(z, 5 * pattern, mask) - z, marked(z, 5 * pattern, mask) - z
        ),
    )


@task("embed_rings", weight=2)
def test_fresh_rings(submission, seed):
    """Fresh keys on even and odd planes, from any ring on; what does not fit raises ValueError

    The ring is the rounded distance from frequency zero, marked from `inner` on while the distance is at most
    r - 1: try even and odd planes.
    """
    for size, rings, inner in ((12, 6, 0), (15, 8, 3), (31, 15, 7), (7, 1, 0), (16, 8, 7)):
        key = seed.fork(f"{size}").normal(rings)
        pattern, mask = by_loops(size, key.tolist(), inner)
        came = submission.rings.ring_pattern(size, key.float() if size == 15 else key, inner)
        close(came[1], mask, rtol=0, what=f"the mask of size {size}")
        due = pattern.float().double() if size == 15 else pattern
        near(came[0], due, f"the pattern of size {size}")
    for size, rings, inner in ((14, 8, 0), (15, 9, 0), (20, 3, 3), (20, 3, 9)):
        with raises(ValueError):
            submission.rings.ring_pattern(size, exactly(*range(rings)), inner)


@task("embed_rings", weight=2)
def test_fresh_marks(submission, seed):
    """Fresh noise gets fresh marks, on odd planes too, in batches of any shape and in float32

    Coefficients on the mask are set, not added to, with orthonormal transforms, the zero frequency in the
    corner: the marked noise is real. Try odd planes, batches of any shape, float32.
    """
    for size, shape in ((12, (2, 1)), (9, (3,)), (15, ())):
        pattern, mask = some_plane(seed.fork(f"{size}"), size, 4, 1)
        z = seed.fork(f"z{size}").normal(*shape, size, size)
        due = marked(z, pattern, mask)
        near(submission.rings.embed_rings(z, pattern, mask), due, f"marked noise of {size} x {size}")
        near_single(submission.rings.embed_rings(z.float(), pattern, mask), due, "marked float32 noise")


# -------------------- 4.2 detect_rings
def by_scipy(z: Tensor, pattern: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return both p-values, transforms by products with waves and laws by scipy."""
    real, imaginary = spectrum(z.double())
    apart = ((real - pattern) ** 2 + imaginary**2)[..., mask].sum(dim=-1)
    strength = float((pattern**2).sum())
    distance = stats.ncx2.cdf(apart.numpy(), int(mask.sum()), strength)
    agreement = (z.double() * picture(pattern)).flatten(-2).sum(dim=-1) / math.sqrt(strength)
    return tuple(torch.as_tensor(np.asarray(p)) for p in (distance, stats.norm.sf(agreement.numpy())))


@task("detect_rings", gate=True)
def test_tests_are_an_answer_at_all(submission, seed):
    """p-values go with how much of a fresh mark is in fresh noise"""
    pattern, mask = some_plane(seed.fork("key"), 11, 4, 0)
    shares = torch.linspace(-1, 1, 20).double()[:, None, None]
    z = shares * picture(pattern) + (1 - shares**2).sqrt() * seed.fork("z").normal(20, 11, 11)
    due = by_scipy(z, pattern, mask)
    any_of(
        lambda: expect_alike(submission.detection.ring_p_value(z, pattern, mask), due[0]),
        lambda: expect_alike(submission.detection.matched_p_value(z, pattern), due[1]),
    )


@task("detect_rings", weight=3)
def test_fresh_p_values(submission, seed):
    """Fresh marks in fresh noise, faint and strong, on even and odd planes: scipy's p-values

    Degrees of freedom are as many as the mask has frequencies, not twice as many, the centre is the sum of
    w^2, and nothing is estimated from z.
    """
    for size, rings, inner, shape in ((12, 5, 0, (3, 2)), (15, 7, 4, (4,)), (8, 2, 0, ())):
        pattern, mask = some_plane(seed.fork(f"{size}"), size, rings, inner)
        for share in (0.0, 0.4, 0.97):
            noise = seed.fork(f"z{size}{share}").normal(*shape, size, size)
            z = share * picture(pattern) + math.sqrt(1 - share**2) * noise
            due = by_scipy(z, pattern, mask)
            came = submission.detection.ring_p_value(z, pattern, mask)
            close(came, due[0], rtol=1e-6, what="ring_p_value")
            expect_dtype(came, torch.float64)
            close(submission.detection.matched_p_value(z, pattern), due[1], rtol=1e-8, what="matched_p_value")
    faint = z.float()
    due = by_scipy(faint, pattern, mask)
    close(submission.detection.ring_p_value(faint, pattern, mask), due[0], rtol=1e-6, what="of float32")
    close(submission.detection.matched_p_value(faint, pattern), due[1], rtol=1e-6, what="of float32")


@task("detect_rings", weight=2)
def test_far_tails(submission, seed):
    """A strong mark has p-values far below 1e-16, told apart from each other

    1 - Phi as a difference is 0 from about 8 on; torch.erfc keeps all digits, and has another scale.
    """
    pattern, mask = by_loops(16, [3.0, -3.0, 3.0, -3.0, 3.0, -3.0], 1)
    z = exactly(0.3, 0.6, 0.9)[:, None, None] * picture(pattern) + 0.1 * seed.normal(3, 16, 16)
    due = by_scipy(z, pattern, mask)
    close(submission.detection.ring_p_value(z, pattern, mask), due[0], rtol=1e-5, what="ring_p_value")
    close(submission.detection.matched_p_value(z, pattern), due[1], rtol=1e-7, what="matched_p_value")
    pattern, mask = plane()
    single = (0.99 * picture(pattern)).float()
    due = by_scipy(single, pattern, mask)
    close(submission.detection.ring_p_value(single, pattern, mask), due[0], rtol=1e-5, what="of float32")
