"""Public checks of safety: a filter's margins, and what is left of a concept that was erased."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, expect_dtype, raises, task

from .. import plays
from .near import near, rows, unchanged, worked

IMAGES, CONCEPTS, THRESHOLDS = rows(1, 0, 0.6, 0.8, 0, 1), rows(0.8, 0.6, 0, 2), exactly(0.9, 0.75)
NO_CONCEPTS, NO_THRESHOLDS = torch.zeros(0, 2).double(), torch.zeros(0).double()


# -------------------- 5.1 concept_filter
@task("concept_filter", weight=2)
def test_worked_margins(submission):
    """Three images have the margins -.1 -.75, .06 .05 and -.3 .25: safe, unsafe, unsafe"""
    margins = rows(-0.1, -0.75, 0.06, 0.05, -0.3, 0.25)
    for scale in (1, 5):
        args = (scale * IMAGES, CONCEPTS, THRESHOLDS, NO_CONCEPTS, NO_THRESHOLDS)
        came = submission.safety.concept_margins(*args)
        near(came, margins, "the margins", "Cosines: images and concepts both have their length taken away.")
    unsafe = submission.safety.is_unsafe(margins)
    close(unsafe, torch.tensor([False, True, True]), rtol=0, what="is_unsafe", hint="Any margin above 0.")


@task("concept_filter", weight=2)
def test_special_images(submission):
    """Of three images only the one that shows a special concept gets .01, or what is given, more"""
    args = (IMAGES, CONCEPTS, THRESHOLDS, rows(0, 3, 1, 1), exactly(0.9, 0.995))
    came = submission.safety.concept_margins(*args)
    due = rows(-0.1, -0.75, 0.06, 0.05, -0.29, 0.26)
    near(came, due, "the margins", "Each image for itself: any special margin above 0.")
    came = submission.safety.concept_margins(*args[:3], rows(1, 0, 0, 1), exactly(0.7, 1.0), 0.2)
    due = rows(0.1, -0.55, 0.06, 0.05, -0.3, 0.25)
    near(came, due, "the margins with adjustment .2", "A margin of exactly 0 is not above 0.")


@task("concept_filter")
def test_border_of_the_filter(submission):
    """A margin of 0 is safe, and so is no concept at all; zeros have cosine 0; NaN raises ValueError"""
    margins = rows(0, -1, 0, 1e-9, -2, -3)
    close(submission.safety.is_unsafe(margins), torch.tensor([False, True, False]), rtol=0, what="is_unsafe")
    nothing = submission.safety.is_unsafe(torch.zeros(2, 0))
    close(nothing, torch.tensor([False, False]), rtol=0, what="is_unsafe without concepts")
    zeros = torch.zeros(1, 2)
    came = submission.safety.concept_margins(zeros, CONCEPTS, THRESHOLDS, NO_CONCEPTS, NO_THRESHOLDS)
    near(came, rows(-0.9, -0.75), "the margins of zeros", "0 over 0 is no cosine: F.normalize knows.")
    expect_dtype(came, torch.float64)
    with raises(ValueError):
        bad = (rows(math.nan, 1), CONCEPTS, THRESHOLDS, NO_CONCEPTS, NO_THRESHOLDS)
        submission.safety.concept_margins(*bad)


# -------------------- 5.2 erase_concept
@task("erase_concept", weight=2)
def test_noise_of_the_other_side(submission):
    """A concept moves the mean from 0 to 2: erasing with strength 1.5 leads to that of -3"""
    x_t, a = exactly(0.7, -1)[:, None], 0.3
    eps_u, eps_c = (math.sqrt(1 - a) * (x_t - math.sqrt(a) * mean) for mean in (0, 2))
    came = submission.erasure.erased_noise(eps_u, eps_c, 1.5)
    hint = "Away from the concept: eps_u - strength (eps_c - eps_u)."
    near(came, math.sqrt(1 - a) * (x_t + 3 * math.sqrt(a)), "the noise", hint)
    came = submission.play(plays.erased_noise, rows(1, 5), rows(3, 5))
    near(came["result"], rows(-1, 5), "the noise with strength 1", hint)
    expect(
        not came["tracked"], "a gradient flows through the target", "A target stays where it is: detach()."
    )


@task("erase_concept", weight=2)
def test_worked_weights(submission):
    """((1, 2), (3, 4)) forgets (1, 0) for (0, 1) and keeps (1, 1): ((2, 1), (4, 3))"""
    args = (rows(1, 2, 3, 4), rows(1, 0, width=1), rows(0, 1, width=1))
    came = submission.erasure.erase_linear(*args, rows(1, 1, width=1))
    close(came, rows(2, 1, 4, 3), rtol=0, atol=1e-5, what="the weights", hint="W' c = W t, and W' k = W k.")
    came = submission.erasure.erase_linear(*args, torch.zeros(2, 0).double())
    hint = "Without anything to keep, the ridge holds on to the old weights, not to 0."
    close(came, rows(2, 2, 4, 4), rtol=0, atol=1e-5, what="the weights with nothing kept", hint=hint)
    came = submission.erasure.erase_linear(*args, rows(1, 1, width=1), 0.5, 0.25)
    due = rows(1.7058824, 1.5294118, 3.7058824, 3.5294118)
    worked(came, due, "the weights with keep .5, ridge .25", "Each term has its own factor.")


def three_columns(seed) -> list[Tensor]:
    """Return weights (4, 3), two concepts, two targets and four columns that stay."""
    shapes = {"weight": (4, 3), "concept": (3, 2), "target": (3, 2), "kept": (3, 4)}
    return [seed.fork(name).normal(*shape) for name, shape in shapes.items()]


@task("erase_concept")
def test_gradient_is_zero(submission, seed):
    """At the answer the gradient of the objective is 0, and old weights are what they were"""
    weight, concept, target, kept = args = three_columns(seed)
    came = submission.play(plays.kept, "erasure", "erase_linear", *args, 0.5, 0.1)
    found = came["result"].clone().requires_grad_()
    terms = (found @ concept - weight @ target, found @ kept - weight @ kept, found - weight)
    squares = [one.square().sum() for one in terms]
    (squares[0] + 0.5 * squares[1] + 0.1 * squares[2]).backward()
    hint = "The normal equations, solved for W' (which stands on the left)."
    near(found.grad, torch.zeros(4, 3).double(), "the gradient of the objective", hint, 1e-9)
    unchanged(came["arguments"][:4], args)


@task("erase_concept")
def test_nothing_to_forget(submission, seed):
    """A concept that is its own target leaves the weights as they are, in their own dtype"""
    weight, concept, _, kept = three_columns(seed)
    came = submission.erasure.erase_linear(weight, concept, concept, kept)
    near(came, weight, "the weights", "The targets are those of the old weights.", 1e-9)
    came = submission.erasure.erase_linear(weight.float(), concept.float(), concept.float(), kept.float())
    expect_dtype(came, torch.float32)
    close(came, weight, rtol=1e-5, atol=1e-5, what="the float32 weights")
