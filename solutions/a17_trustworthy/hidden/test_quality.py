"""Hidden checks of distances between sets: by numpy and scipy, by loops, by counting."""

import numpy as np
import torch
from scipy.linalg import sqrtm
from torch import Tensor

from autograder.checks import any_of, close, exactly, expect, raises, task

from .. import plays
from ..tests.near import LONG, near
from .fresh import expect_alike


def cut(x: Tensor, *sizes: int) -> list[Tensor]:
    """Return a set in batches of these sizes and one of what is left."""
    return list(torch.split(x, [*sizes, len(x) - sum(sizes)]))


def by_numpy(x: Tensor, y: Tensor) -> float:
    """Return the squared Fréchet distance of two sets from numpy's moments and scipy's root."""
    cov_x, cov_y = (np.atleast_2d(np.cov(one.numpy(), rowvar=False)) for one in (x, y))
    root = np.trace(np.atleast_2d(sqrtm(cov_x @ cov_y)).real)
    apart = (x.mean(dim=0) - y.mean(dim=0)).square().sum().item()
    return float(apart + np.trace(cov_x) + np.trace(cov_y) - 2 * root)


# -------------------- 1.1 frechet
@task("frechet", gate=True)
def test_moments_are_an_answer_at_all(submission, seed):
    """Means and covariances, distances, or lines go with fresh features"""
    x = seed.normal(9, 3) * exactly(1, 3, 0.2) + exactly(1, -2, 5)
    scales = [0.5, 1.0, 3.0, 6.0]
    sizes = exactly(40, 90, 300)
    lines = [seed.fork(f"{i}").normal(2) for i in range(5)]

    def moments() -> None:
        mean, cov = submission.frechet.mean_and_covariance(cut(x, 4))
        expect_alike([mean, cov], [x.mean(dim=0), x.mT.cov()])

    any_of(
        moments,
        lambda: expect_alike(
            [submission.frechet.frechet_distance([x], [s * x]) for s in scales],
            [by_numpy(x, s * x) for s in scales],
        ),
        lambda: expect_alike(
            [submission.frechet.fid_infinity(sizes, a + b / sizes) for a, b in lines], [a for a, _ in lines]
        ),
    )


@task("frechet", weight=3)
def test_fresh_sets_by_numpy(submission, seed):
    """Moments and distances of fresh features in batches of all sizes, narrow and wide

    Covariances by n - 1, gathered batch by batch; the root of a product by eigenvalues may round below 0.
    """
    for n, m, d, spread in ((12, 9, 4, 1.0), (7, 5, 1, 3.0), (4, 3, 6, 0.5)):
        x = seed.fork(f"x{d}").normal(n, d)
        y = spread * seed.fork(f"y{d}").normal(m, d) @ seed.fork(f"m{d}").normal(d, d) - 2
        mean, cov = submission.play(plays.moments, cut(y, 1, 0, m - 2))
        near(mean, y.mean(dim=0), "the mean", within=LONG)
        near(cov, y.mT.cov().reshape(d, d), "the covariance", within=LONG)
        came = submission.play(plays.frechet, cut(x, 2, 0), cut(y, m - 1))
        rtol = 1e-8 if d < min(n, m) - 1 else 1e-5  # roots of singular covariances lose half of the digits
        close(came, by_numpy(x, y), rtol=rtol, atol=rtol, what=f"the distance in {d} dimensions")
    far = seed.fork("far").normal(30, 2) + exactly(1e8, -1e8)
    _, cov = submission.frechet.mean_and_covariance(cut(far, 3, 10))
    close(cov, (far - far[0]).mT.cov(), rtol=1e-6, atol=1e-6, what="the covariance far away")
    _, cov = submission.frechet.mean_and_covariance(cut((far / 1e5).half(), 3, 10))
    close(cov, (far / 1e5).half().double().mT.cov(), rtol=1e-8, atol=1e-8, what="the covariance of float16")


@task("frechet")
def test_fresh_lines(submission, seed):
    """Values that are no line over 1/N end where numpy's fit does; bad values raise ValueError

    Fit a line over 1 / N and read it at 0: all points count. What has no line raises ValueError.
    """
    sizes = exactly(30, 50, 50, 170, 1000)
    for i in range(2):
        values = 5 + 100 * seed.fork(f"{i}").normal(5) / sizes
        due = np.polyfit(1 / sizes.numpy(), values.numpy(), 1)[1]
        near(submission.frechet.fid_infinity(sizes, values), float(due), "the value without end", within=LONG)
    with raises(ValueError):
        submission.frechet.fid_infinity(exactly(1, 2), exactly(1, float("nan")))
    with raises(ValueError):
        submission.frechet.frechet_distance([seed.normal(5, 2)], [seed.normal(1, 2)])


# -------------------- 1.2 kid
def by_pairs(x: Tensor, y: Tensor) -> float:
    """Return the unbiased kernel distance pair by pair."""

    def kernel(a: list[float], b: list[float]) -> float:
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    def within(z: list[list[float]]) -> float:
        values = [kernel(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j]
        return sum(values) / len(values)

    a, b = x.tolist(), y.tolist()
    between = [kernel(p, q) for p in a for q in b]
    return within(a) + within(b) - 2 * sum(between) / len(between)


@task("kid", gate=True)
def test_kernel_distance_is_an_answer_at_all(submission, seed):
    """Distances of fresh sets go with how far they are apart"""
    sets = [(seed.fork(f"x{i}").normal(6, 3), i / 3 + seed.fork(f"y{i}").normal(5, 3)) for i in range(6)]
    came = [submission.kid.kid(x, y) for x, y in sets]
    expect_alike(came, [by_pairs(x, y) for x, y in sets])


@task("kid", weight=3)
def test_fresh_sets_by_pairs(submission, seed):
    """Fresh sets of unequal size, pair by pair, float32 too; bad rows raise ValueError

    The unbiased estimate leaves pairs of a row with itself out, in both sets, and keeps all mixed ones: try
    sets of unequal size.
    """
    for n, m, d in ((5, 8, 3), (9, 2, 1), (2, 4, 5)):
        x, y = seed.fork(f"x{n}").normal(n, d), 1 + seed.fork(f"y{n}").normal(m, d)
        near(submission.kid.kid(x, y), by_pairs(x, y), f"kid of {n} and {m} rows")
        near(submission.kid.kid(x.float(), y.float()), by_pairs(x.float(), y.float()), "kid of float32 rows")
    for bad in (x[:1], x / 0 * 0):
        for pair in ((bad, x), (x, bad)):
            with raises(ValueError):
                submission.kid.kid(*pair)


# -------------------- 1.3 precision_recall
def by_counting(real: list[list[int]], fake: list[list[int]], k: int) -> tuple[float, float, float, float]:
    """Return precision, recall, density and coverage, with squared distances of whole numbers."""

    def apart(a: list[int], b: list[int]) -> int:
        return sum((p - q) ** 2 for p, q in zip(a, b, strict=True))

    def radii(points: list[list[int]]) -> list[int]:
        return [
            sorted(apart(a, b) for j, b in enumerate(points) if j != i)[k - 1] for i, a in enumerate(points)
        ]

    held = [[apart(a, b) <= radius for b in fake] for a, radius in zip(real, radii(real), strict=True)]
    of_fake = radii(fake)
    recalled = [any(apart(a, b) <= r for b, r in zip(fake, of_fake, strict=True)) for a in real]
    precision = sum(any(column) for column in zip(*held, strict=True)) / len(fake)
    density = sum(map(sum, held)) / (k * len(fake))
    return precision, sum(recalled) / len(real), density, sum(map(any, held)) / len(real)


def lattice(seed, n: int, width: float) -> Tensor:
    """Return points with whole coordinates: many distances are equal."""
    return (width * seed.normal(n, 2)).round()


@task("precision_recall", gate=True)
def test_balls_are_an_answer_at_all(submission, seed):
    """Precision and recall, or density and coverage, go with fresh sets"""
    sets = [(lattice(seed.fork(f"r{i}"), 12, 2.0), lattice(seed.fork(f"f{i}"), 9, 0.5 + i)) for i in range(5)]
    due = torch.tensor([by_counting(real.long().tolist(), fake.long().tolist(), 2) for real, fake in sets])

    def columns(came: list[tuple[float, float]], expected: Tensor) -> None:
        for i in range(2):
            expect_alike([one[i] for one in came], expected[:, i])

    any_of(
        lambda: columns([submission.neighbours.precision_recall(*one, 2) for one in sets], due[:, :2]),
        lambda: columns([submission.neighbours.density_coverage(*one, 2) for one in sets], due[:, 2:]),
    )


@task("precision_recall", weight=3)
def test_fresh_sets_by_counting(submission, seed):
    """Fresh points with whole coordinates, counted one by one: edges, duplicates, both defaults, float32

    The ball reaches the k-th neighbour other than the point itself and holds its own edge, any ball counts,
    and density divides by k m. Whole coordinates make ties.
    """
    for n, m, width in ((14, 9, 2.0), (8, 15, 4.0), (11, 11, 1.2)):
        real, fake = lattice(seed.fork(f"r{n}"), n, 2.0), lattice(seed.fork(f"f{n}"), m, width)
        for k in (1, 3, 5):
            due = by_counting(real.long().tolist(), fake.long().tolist(), k)
            given = (k,) if k == 1 else ()
            if k != 5:
                came = submission.neighbours.precision_recall(real.float(), fake, *given)
                near(came, due[:2], f"precision and recall with k = {k}")
            if k != 3:
                came = submission.neighbours.density_coverage(real, fake.float(), *given)
                near(came, due[2:], f"density and coverage with k = {k}")
    bad = real.clone()
    bad[0, 0] = float("inf")
    for pair in ((bad, fake), (real, bad)):
        for function in (submission.neighbours.precision_recall, submission.neighbours.density_coverage):
            with raises(ValueError):
                function(*pair)
    expect(submission.neighbours.density_coverage(real, fake[:1])[1] <= 1, "coverage is above 1")
