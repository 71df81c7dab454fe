"""Public checks of cosine similarity and of the scale: worked rows, torch's operators, extreme lengths."""

import math

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays
from .near import HALF, IN_PLACE, SINGLE, gradients_near, near
from .worked import IMAGES, LOG_TWO, LOGITS, TEXTS, log_of, pairs, through_cosines

A = exactly(3, 4, 0, 0, -3, -4).reshape(3, 2)
B = exactly(4, 3, 1, 0).reshape(2, 2)
SMALL = "Divide each row by its largest magnitude first: then no square is too large or too small."


# -------------------- 1.1 cosine_similarity
@task("cosine_similarity", weight=2)
def test_worked_rows(submission):
    """(3, 4), 0 and (-3, -4) against (4, 3) and (1, 0) give 0.96, 0.6, then 0, 0, then -0.96, -0.6"""
    came = submission.similarity.cosine_similarity(A, B)
    hint = "Both sides by their own length, row by row; a row of zeros is 0 similar to everything."
    near(came, exactly(0.96, 0.6, 0, 0, -0.96, -0.6).reshape(3, 2), "the cosine", hint)


@task("cosine_similarity")
def test_unit_rows_of_any_shape(submission, seed):
    """unit divides along the last axis whatever stands before it; a row of zeros stays zeros"""
    x = seed.normal(2, 3, 4)
    x[1, 2] = 0
    came = submission.similarity.unit(x)
    near(came, F.normalize(x, dim=2), "the unit rows", "dim=-1 is the last axis, keepdim=True keeps it.")
    near(submission.similarity.unit(exactly(3, 4)), exactly(0.6, 0.8), "the unit vector of (3, 4)")


@task("cosine_similarity", weight=2)
def test_long_and_short_rows_count(submission):
    """In float32 rows of 1e30 and of 1e-30 have a direction, as every other row"""
    for size in (1e-30, 1e30):
        came = submission.similarity.cosine_similarity((size * A).float(), B.float())
        expected = exactly(0.96, 0.6, 0, 0, -0.96, -0.6).reshape(3, 2)
        near(came, expected, f"the cosine of rows times {size:g}", SMALL, SINGLE)
        came = submission.similarity.unit((size * A).float())
        near(came, A / 5, f"the unit rows of rows times {size:g}", SMALL, SINGLE)


@task("cosine_similarity")
def test_half_precision_is_computed_in_float32(submission):
    """512 values of 200, and four of 1e-4, are as similar to themselves as can be, in half precision too"""
    for dtype in (torch.float16, torch.bfloat16):
        for value, width in ((200.0, 512), (1e-4, 4)):
            row = torch.full((1, width), value).to(dtype)
            came = submission.similarity.cosine_similarity(row, row)
            expect_dtype(came, dtype, "Cast the result back to the dtype of a.")
            hint = "Go to float32 before anything is squared: 200 squared is near float16's largest number."
            near(came, exactly(1).reshape(1, 1), f"the cosine of {width} values of {value:g}", hint, HALF)
            expect_dtype(submission.similarity.unit(row), dtype, "Cast the result back to the dtype of x.")
    came = submission.similarity.unit(torch.tensor([1.0, 3.0, 5.0]).half())
    hint = "Round once, at the end: every step in half precision loses a digit's half."
    close(came, exactly(1, 3, 5) / math.sqrt(35), rtol=4.95e-4, what="the unit row of (1, 3, 5)", hint=hint)


@task("cosine_similarity")
def test_agrees_with_torch(submission, seed):
    """Every row of a meets every row of b, as F.cosine_similarity has it; no row gives an empty matrix"""
    a, b = seed.fork("a").normal(5, 3), seed.fork("b").normal(4, 3)
    came = submission.similarity.cosine_similarity(a, b)
    near(came, F.cosine_similarity(a[:, None], b[None], dim=2), "the cosine", "One row of a for each row.")
    expect(submission.similarity.cosine_similarity(a[:0], b).shape == (0, 4), "expected a matrix of 0 x 4")
    wide = submission.similarity.cosine_similarity(a.float(), b)
    expect_dtype(wide, torch.float32, "The result has the dtype of a, the first argument.")


@task("cosine_similarity")
def test_gradients_of_cosines(submission, seed):
    """Gradients flow to both sides, finite beside a row of zeros too, and no argument is written into"""
    a, b = pairs(seed, 4, 3)
    weights = seed.fork("weights").normal(4, 4)
    came = submission.play(plays.with_gradients, "similarity", "cosine_similarity", [a, b], weights)
    expected = through_cosines(weights, a, b, 1.0)
    gradients_near(came["gradients"], {"a": expected["image"], "b": expected["text"]}, "The lengths count.")
    close(came["arguments"], [a, b], rtol=0, what="the arguments", hint=IN_PLACE)
    a = torch.cat([exactly([0, 0, 0], [0, 2, 0]), a[2:]])
    came = submission.play(plays.with_gradients, "similarity", "cosine_similarity", [a, b], weights)
    hint = "Divide by a length that is 1 for a row of zeros: where 0 / 0 is only left out, its slope is NaN."
    finite = [one is not None and bool(one.isfinite().all()) for one in came["gradients"]]
    expect(all(finite), "beside a row of zeros a gradient is NaN", hint)
    expected = through_cosines(weights[1:], a[1:], b, 1.0)
    beside = {"a beside zeros": expected["image"], "b beside zeros": expected["text"]}
    gradients_near([came["gradients"][0][1:], came["gradients"][1]], beside, "The lengths count.")


# -------------------- 1.2 logit_scale
@task("logit_scale", weight=2)
def test_worked_logits(submission):
    """At scale 2 the handout's three pairs have the logits 1.6, 0, -1.2, then 1.92, 1.6, 0.56, ..."""
    came = submission.similarity.clip_logits(IMAGES, TEXTS, LOG_TWO)
    near(came, LOGITS, "the logits", "What is learnt is the logarithm of the scale: exp it, and multiply.")


@task("logit_scale")
def test_scale_of_the_paper(submission):
    """log_scale = ln(1 / 0.07) multiplies by 14.285714, also where there are fewer texts than images"""
    came = submission.similarity.clip_logits(3 * IMAGES, TEXTS[:2], log_of(1 / 0.07))
    near(came, LOGITS[:, :2] / 0.14, "the logits", "exp(2.659260) is 14.285714: no temperature divides.")
    expect_dtype(
        submission.similarity.clip_logits(IMAGES.float(), TEXTS.float(), log_of(2)),
        torch.float32,
        "A float64 scale without axes leaves float32 as it is.",
    )


@task("logit_scale", weight=2)
def test_scale_has_a_gradient_above_its_bound(submission, seed):
    """At log_scale = 5 the scale is 148.41, not 100, and the gradient of log_scale is not 0"""
    image, text = pairs(seed, 4, 3)
    weights, log_scale = seed.fork("weights").normal(4, 4), torch.tensor(5.0, dtype=torch.float64)
    args = [image, text, log_scale]
    came = submission.play(plays.with_gradients, "similarity", "clip_logits", args, weights)
    cosines = F.cosine_similarity(image[:, None], text[None], dim=2)
    hint = "The bound is for clamp_scale, after the optimizer's step: here it would stop the gradient."
    near(came["value"], math.exp(5) * cosines, "the logits", hint)
    gradients_near(came["gradients"], through_cosines(weights, image, text, math.exp(5)), hint)
    close(came["arguments"], args, rtol=0, what="the arguments", hint=IN_PLACE)


@task("logit_scale")
def test_clamp_to_both_bounds(submission):
    """clamp_scale brings -1 to 0 and 5 to 4.605170, and leaves 0, 2 and 4.6 as they are"""
    came = submission.play(plays.clamped, exactly(-1, 0, 2, 4.6, 5))
    hint = "log_scale is a logarithm: a scale from 1 to 100 is a log_scale from 0 to ln 100."
    near(came["after"], exactly(0, 0, 2, 4.6, math.log(100)), "log_scale", hint)


@task("logit_scale")
def test_optimizer_goes_on_from_there(submission):
    """The optimizer's parameter itself is clamped: its next step, of -0.375, starts at the bound"""
    came = submission.play(plays.clamped, exactly(-1, 2, 5, 300))
    hint = "Change the parameter's values, under torch.no_grad(): another tensor is not in the optimizer."
    top = math.log(100) - 0.375
    near(came["stepped"], exactly(-0.375, 1.625, top, top), "log_scale after the step", hint)
    expect(all(map(all, came["leaf"])), "the parameter is no leaf that requires grad any more", hint)
