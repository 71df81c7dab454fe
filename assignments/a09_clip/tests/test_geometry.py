"""Public checks of alignment, uniformity and gap: rows whose distances are known, and the uniform law."""

import math

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import IN_PLACE, near
from .worked import IMAGES, TEXTS, pairs

EYE = torch.eye(4, dtype=torch.float64)
LENGTHS = exactly(1, 5, 0.1, 3).reshape(4, 1)


# -------------------- 6.1 geometry
@task("geometry")
def test_alignment_of_known_angles(submission, seed):
    """Equal directions are 0 apart, right angles 2, opposite ones 4; in general it is 2 - 2 mean cosine"""
    for text, expected in ((2 * EYE, 0.0), (EYE.roll(1, 0), 2.0), (-3 * EYE, 4.0)):
        hint = "The squared distance of unit rows, averaged over the pairs."
        near(submission.geometry.alignment(LENGTHS * EYE, text).double(), exactly(expected)[0], "it", hint)
    image, text = pairs(seed, 6, 3)
    mean = F.cosine_similarity(image, text).mean()
    near(submission.geometry.alignment(image, text), 2 - 2 * mean, "the alignment", hint)


@task("geometry", weight=2)
def test_uniformity_of_known_distances(submission):
    """Orthonormal rows have -4, the corners of a simplex -16/3, equal rows 0, two at 60 degrees -2"""
    sixty = exactly(1, 0, 0.5, math.sqrt(0.75)).reshape(2, 2)
    hint = (
        "ln of the mean of exp(-2 |x - y|^2) over pairs of different rows, each brought to unit length. "
        "Equal rows must have 0: a mean divides by as many pairs as were added up."
    )
    for x, expected in ((LENGTHS * EYE, -4), (EYE - 0.25, -16 / 3), (LENGTHS.expand(4, 3), 0), (sixty, -2)):
        near(submission.geometry.uniformity(x), exactly(expected)[0], "the uniformity", hint)
    mixed = exactly(1, 0, 0, 1, -7, 0).reshape(3, 2)
    expected = math.log((2 * math.exp(-4) + math.exp(-8)) / 3)
    near(submission.geometry.uniformity(mixed), exactly(expected)[0], "that of (1, 0), (0, 1), (-7, 0)", hint)


@task("geometry")
def test_uniformity_of_the_uniform_law(submission, seed):
    """1,000 directions in 16 dimensions have -3.5130, within 0.01"""
    came = submission.geometry.uniformity(seed.normal(1000, 16))
    hint = (
        "A row with itself is no pair, the logarithm is taken of the mean, not the mean of logarithms, and "
        "pairs are divided by as often as they are counted."
    )
    close(came, exactly(-3.513036436)[0], rtol=0, atol=0.01, what="the uniformity", hint=hint)


@task("geometry", weight=2)
def test_gap_of_known_means(submission):
    """(1, 0), (0, 1) and (0, -1), (-1, 0) are sqrt 2 apart at any length; the worked pairs 0.5077"""
    image, text = exactly(1, 0, 0, 1).reshape(2, 2), exactly(0, -1, -1, 0).reshape(2, 2)
    hint = "Unit rows, then the mean of each side, then the length of the difference: means stay short."
    sizes = exactly(3, 0.1).reshape(2, 1)
    near(submission.geometry.modality_gap(sizes * image, text), exactly(math.sqrt(2))[0], "the gap", hint)
    lone = submission.geometry.modality_gap(image[:1], text)  # (1, 0) against (-0.5, -0.5)
    near(lone, exactly(math.sqrt(2.5))[0], "the gap of one image and two texts", hint)
    gap = (exactly(1.6, 1.8) - exactly(0.2, 2.4)).norm() / 3
    near(submission.geometry.modality_gap(IMAGES, TEXTS), gap, "the gap of the worked pairs", hint)


@task("geometry")
def test_geometry_has_gradients(submission, seed):
    """Alignment and uniformity are losses: gradients flow, and no argument is written into"""
    image, text = pairs(seed, 4, 3)
    came = submission.play(plays.with_gradients, "geometry", "alignment", [image, text])
    lengths, u = image.norm(dim=1, keepdim=True), F.normalize(image, dim=1)
    v = F.normalize(text, dim=1)
    expected = -2 / 4 * (v - (u * v).sum(1, keepdim=True) * u) / lengths
    expect(came["gradients"][0] is not None, "no gradient reaches the images")
    near(came["gradients"][0], expected, "the gradient of the images")
    close(came["arguments"], [image, text], rtol=0, what="the arguments", hint=IN_PLACE)


@task("geometry")
def test_geometry_refuses(submission):
    """No row raises ValueError everywhere, one row in uniformity only, and unequal numbers in alignment"""
    none, one = EYE[:0], EYE[:1]
    calls = ((submission.geometry.alignment, (none, none)), (submission.geometry.alignment, (EYE, one)),
             (submission.geometry.uniformity, (none,)), (submission.geometry.uniformity, (one,)),
             (submission.geometry.modality_gap, (none, EYE)),
             (submission.geometry.modality_gap, (EYE, none)))  # fmt: skip
    for call, args in calls:
        with raises(ValueError):
            call(*args)
    near(submission.geometry.alignment(one, -one), exactly(4)[0], "the alignment of one pair")
    near(submission.geometry.modality_gap(one, EYE[1:2]), exactly(math.sqrt(2))[0], "the gap of one pair")
