"""Hidden checks of alignment, uniformity and gap: fresh rows of any length, loops over pairs."""

import itertools
import math

import torch
from torch import Tensor

from autograder.checks import any_of, close, exactly, raises, task

from .. import plays
from ..tests.near import near
from ..tests.worked import pairs
from .fresh import batches, cosines, expect_alike


def squared(x: list[float], y: list[float]) -> float:
    """Return the squared distance of two rows at unit length."""
    a, b = math.hypot(*x), math.hypot(*y)
    return sum((p / a - q / b) ** 2 for p, q in zip(x, y, strict=True))


def spread(x: Tensor) -> float:
    """Return the uniformity by loops."""
    terms = [math.exp(-2 * squared(a, b)) for a, b in itertools.combinations(x.tolist(), 2)]
    return math.log(sum(terms) / len(terms))


def apart(image: Tensor, text: Tensor) -> float:
    """Return the gap by loops."""
    means = [(side / side.square().sum(1, keepdim=True).sqrt()).mean(0) for side in (image, text)]
    return math.dist(means[0].tolist(), means[1].tolist())


# -------------------- 6.1 geometry
@task("geometry", gate=True)
def test_geometry_is_an_answer_at_all(submission, seed):
    """Alignment, uniformity or gap of fresh batches go with what they are"""
    made = batches(seed, 6, 3)
    images = [(1 + i * exactly(1, 1, 1)) * image + 2 * i for i, (image, _) in enumerate(made)]
    g = submission.geometry

    def gaps() -> None:
        came = torch.stack(
            [g.modality_gap(image, text) for image, (_, text) in zip(images, made, strict=True)]
        )
        expect_alike(came, exactly(*(apart(i, t) for i, (_, t) in zip(images, made, strict=True))))

    def alignments() -> None:
        expected = [2 - 2 * sum(cosines(*one)[i][i] for i in range(6)) / 6 for one in made]
        expect_alike(torch.stack([g.alignment(*one) for one in made]), exactly(*expected))

    def uniformities() -> None:
        expect_alike(torch.stack([g.uniformity(one) for one in images]), exactly(*map(spread, images)))

    any_of(alignments, uniformities, gaps)


@task("geometry", weight=2)
def test_alignment_of_fresh_pairs(submission, seed):
    """The alignment of fresh pairs, of any lengths, by loops

    Rows to unit length first, then the mean of the squared distances of pairs.
    """
    for n in (1, 5):
        image, text = pairs(seed.fork(f"{n}"), n, 4)
        expected = sum(squared(a, b) for a, b in zip(image.tolist(), text.tolist(), strict=True)) / n
        near(submission.geometry.alignment(image, text), exactly(expected)[0], "the alignment")


@task("geometry", weight=2)
def test_uniformity_of_fresh_rows(submission, seed):
    """The uniformity of fresh rows, of any lengths, by loops, with a gradient

    The logarithm of the mean of exp(-2 d^2) over different rows at unit length: a row is no pair with itself,
    and the mean comes before the logarithm.
    """
    for n in (2, 6):
        image, _ = pairs(seed.fork(f"{n}"), n, 3)
        near(submission.geometry.uniformity(image), exactly(spread(image))[0], "the uniformity")
    came = submission.play(plays.with_gradients, "geometry", "uniformity", [image])
    step = 1e-5 * seed.fork("step").normal(6, 3)
    slope = (spread(image + step) - spread(image - step)) / 2
    near((came["gradients"][0] * step).sum() * 1e5, exactly(slope * 1e5)[0], "the slope", within=1e-6)
    close(came["arguments"], [image], rtol=0, what="the arguments")


@task("geometry", weight=2)
def test_gap_of_fresh_clouds(submission, seed):
    """The gap of fresh clouds, of unequal numbers and any lengths, by loops

    The distance of the two means of unit vectors, for clouds of unequal size.
    """
    for n, m in ((5, 5), (1, 4), (6, 2)):
        image, text = 1 + pairs(seed.fork(f"{n}"), n, 3)[0], 3 * seed.fork(f"{m}").normal(m, 3) - 1
        near(submission.geometry.modality_gap(image, text), exactly(apart(image, text))[0], "the gap")
    came = submission.play(plays.with_gradients, "geometry", "modality_gap", [image, text])
    close(came["arguments"], [image, text], rtol=0, what="the arguments")


@task("geometry")
def test_geometry_refuses_fresh_rows(submission, seed):
    """Too few rows, and unequal numbers in alignment, raise ValueError

    Too few rows, and unequal numbers where pairs are meant, raise ValueError.
    """
    x = seed.normal(5, 3)
    g = submission.geometry
    for call, args in (
        (g.alignment, (x[:0], x[:0])),
        (g.alignment, (x[:4], x)),
        (g.uniformity, (x[:1],)),
        (g.uniformity, (x[:0],)),
        (g.modality_gap, (x[:0], x)),
        (g.modality_gap, (x, x[:0])),
    ):
        with raises(ValueError):
            call(*args)
