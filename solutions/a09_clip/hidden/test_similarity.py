"""Hidden checks of cosine similarity and of the scale: fresh rows, every length, mixed dtypes."""

import math

import torch

from autograder.checks import Seed, any_of, close, exactly, expect, expect_dtype, task

from .. import plays
from ..tests.near import SINGLE, gradients_near, near
from ..tests.worked import log_of, pairs, through_cosines
from .fresh import cosines, expect_alike


def table(seed: Seed, n: int, m: int, d: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return rows for both sides, and their cosines from plain loops."""
    a, b = seed.fork("a").normal(n, d), seed.fork("b").normal(m, d)
    return a, b, torch.tensor(cosines(a, b), dtype=torch.float64)


# -------------------- 1.1 cosine_similarity
@task("cosine_similarity", gate=True)
def test_cosine_is_an_answer_at_all(submission, seed):
    """Fresh rows of three numbers go with their cosines"""
    a, b, expected = table(seed, 6, 6, 3)

    def lengths() -> None:
        length = submission.similarity.unit(9 * a).norm(dim=1)
        expect(((length > 0.5) & (length < 2)).all(), "the rows are not of unit length")

    any_of(lambda: expect_alike(submission.similarity.cosine_similarity(a, b), expected), lengths)


@task("cosine_similarity", weight=2)
def test_cosine_of_fresh_rows(submission, seed):
    """Fresh rows agree with loops over plain numbers, also where there is one row

    All rows against all rows: (n, m). Try one row, and numbers of rows that differ.
    """
    for n, m in ((5, 3), (1, 4), (3, 1)):
        a, b, expected = table(seed.fork(f"{n}"), n, m, 4)
        near(submission.similarity.cosine_similarity(a, b), expected, "the cosine")


@task("cosine_similarity", weight=2)
def test_cosine_of_every_length(submission, seed):
    """Rows of any length from 1e-30 to 1e30 have the cosines of their directions, in float32

    Try rows of length 1e-30 and 1e30 in float32: their squares are no floats, so divide by the largest value
    first.
    """
    a, b, expected = table(seed, 5, 3, 4)
    powers = 10 ** (60 * seed.fork("powers").uniform(5, 1) - 30)
    a[4] = 0
    expected[4] = 0
    came = submission.similarity.cosine_similarity((powers * a).float(), (1e25 * b).float())
    near(came, expected, "the cosine", within=SINGLE)
    lengths = submission.similarity.unit((powers * a).float()).norm(dim=1)
    near(lengths, exactly(1, 1, 1, 1, 0), "the length of unit rows", within=SINGLE)


@task("cosine_similarity")
def test_cosine_of_mixed_dtypes(submission, seed):
    """Half against float32 and float32 against float64 are computed in the wider, and come in a's dtype

    Half against float32, float32 against float64: compute in the wider one, return a's dtype.
    """
    a, b, _ = table(seed, 4, 3, 5)
    for narrow, wide in ((torch.float16, torch.float32), (torch.float32, torch.float64)):
        for first, second in ((a.to(narrow), b.to(wide)), (a.to(wide), b.to(narrow))):
            came = submission.similarity.cosine_similarity(first, second)
            expect_dtype(came, first.dtype)
            expected = torch.tensor(cosines(first, second), dtype=torch.float64)
            within = max(1e-12 if first.dtype == torch.float64 else 2e-7, torch.finfo(first.dtype).eps)
            close(came, expected, rtol=within, atol=within, what="the cosine")
    half = submission.similarity.cosine_similarity(a.half(), b.half())
    expected = torch.tensor(cosines(a.half(), b.half()), dtype=torch.float64).half()
    close(half, expected, rtol=0, atol=6e-4, what="the cosine in half")  # one step of float16 below 1
    x = seed.fork("x").normal(16, 6).half()
    exact = x.double() / x.double().square().sum(1, keepdim=True).sqrt()
    close(
        submission.similarity.unit(x),
        exact,
        rtol=4.95e-4,
        atol=1e-6,
        what="the unit rows in half, rounded once",
    )


@task("cosine_similarity")
def test_cosine_gradients_of_fresh_rows(submission, seed):
    """Fresh gradients flow to both sides, and unit is differentiable by itself

    Gradients reach both sides, through the lengths too.
    """
    a, b = pairs(seed, 5, 4, 2.0)
    weights = seed.fork("weights").normal(5, 5)
    came = submission.play(plays.with_gradients, "similarity", "cosine_similarity", [a, b], weights)
    expected = through_cosines(weights, a, b, 1.0)
    gradients_near(came["gradients"], {"a": expected["image"], "b": expected["text"]})
    close(came["arguments"], [a, b], rtol=0, what="the arguments")
    alone = submission.play(plays.with_gradients, "similarity", "unit", [a], b)
    u, length = a / a.norm(dim=1, keepdim=True), a.norm(dim=1, keepdim=True)
    gradients_near(alone["gradients"], {"x": (b - (b * u).sum(1, keepdim=True) * u) / length})
    close(alone["arguments"], [a], rtol=0, what="the arguments of unit")


# -------------------- 1.2 logit_scale
@task("logit_scale", gate=True)
def test_scale_is_an_answer_at_all(submission, seed):
    """Fresh logits go with the cosines, or fresh scales are clamped"""
    a, b, expected = table(seed, 6, 6, 3)
    scales = exactly(-9, 9) * (1 + seed.fork("scales").uniform(2))

    def clamps() -> None:
        came = submission.play(plays.clamped, scales)["after"]
        expect(came[0] > -9 and came[1] < 9, "nothing is clamped")

    logits = lambda: expect_alike(submission.similarity.clip_logits(a, b, log_of(2)), expected)  # noqa: E731
    any_of(logits, clamps)


@task("logit_scale", weight=2)
def test_logits_of_fresh_rows(submission, seed):
    """Fresh logits are the fresh scale times the cosines

    exp(log_scale) times the cosines.
    """
    a, b, expected = table(seed, 4, 6, 3)
    scale = 0.2 + 140 * seed.fork("scale").uniform(1).item()
    near(submission.similarity.clip_logits(a, b, log_of(scale)), scale * expected, "the logits", within=1e-11)


@task("logit_scale", weight=2)
def test_logits_have_fresh_gradients(submission, seed):
    """Images, texts and log_scale get their gradients, below 0 and above ln 100 too

    log_scale has a gradient below 0 and above ln 100 too: no clamp inside the logits.
    """
    image, text = pairs(seed, 4, 3)
    weights = seed.fork("weights").normal(4, 4)
    for log_scale in (-1.5, 2.0, 5.5):
        args = [image, text, torch.tensor(log_scale, dtype=torch.float64)]
        came = submission.play(plays.with_gradients, "similarity", "clip_logits", args, weights)
        expected = through_cosines(weights, image, text, math.exp(log_scale))
        gradients_near(came["gradients"], expected, within=1e-11)
        close(came["arguments"], args, rtol=0, what="the arguments")


@task("logit_scale", weight=2)
def test_clamp_of_fresh_scales(submission, seed):
    """What lies within the bounds stays to the bit, what does not is brought to the nearer one

    What is within [0, ln 100] stays to the bit, the rest goes to the nearer end: the parameter itself, in
    place, without recording.
    """
    inside = math.log(100) * seed.fork("inside").uniform(3)
    outside = exactly(-1, 1) * (5 + 3 * seed.fork("outside").uniform(2))
    for dtype in (torch.float64, torch.float32):
        came = submission.play(plays.clamped, torch.cat([inside, outside]).to(dtype))
        close(came["after"][:3], inside.to(dtype), rtol=0, what="log_scale within the bounds")
        near(came["after"][3:], exactly(0, math.log(100)), "log_scale beyond them", within=SINGLE)
        near(came["stepped"][3:] + 0.375, exactly(0, math.log(100)), "log_scale a step later", within=SINGLE)
