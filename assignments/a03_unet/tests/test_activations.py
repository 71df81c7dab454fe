"""Public checks of the activations: known values, an identity, and what happens below zero."""

import torch

from autograder.checks import close, exactly, expect_dtype, raises, task

from .. import plays
from .near import near

WORDS = ("none", "tanh")


# -------------------- 2.3 gelu, gelu_grad, silu, silu_grad
@task("activations")
def test_activations_at_one(submission):
    """At 1: 0.8413447 exactly, 0.8411920 by tanh, and 0.7310586 for SiLU"""
    one = exactly(1)
    for word, value in zip(WORDS, (0.8413447461, 0.8411919906), strict=True):
        hint = "There are three GELUs: exact, by tanh, and x sigmoid(1.702 x), which is neither."
        close(
            submission.activations.gelu(one, word), exactly(value), rtol=1e-6, what=f"gelu, {word}", hint=hint
        )
    close(submission.activations.silu(one), exactly(0.7310585786), rtol=1e-6, what="silu")


@task("activations")
def test_activations_of_opposite_numbers(submission):
    """f(x) - f(-x) = x, for all three"""
    x = torch.linspace(-5, 5, 21, dtype=torch.float64)
    for word in WORDS:
        difference = submission.activations.gelu(x, word) - submission.activations.gelu(-x, word)
        near(difference, x, f"gelu(x) - gelu(-x), {word}")
    difference = submission.activations.silu(x) - submission.activations.silu(-x)
    near(difference, x, "silu(x) - silu(-x)")


@task("activations")
def test_activations_fall_and_rise_below_zero(submission):
    """Each has one minimum, below zero; left of it the slope is negative, and at 0 it is a half"""
    points = exactly(-1, 0)
    hint = "The slope of x g(x) is g(x) + x g'(x): two terms."
    exact = exactly(-0.0833154706, 0.5)
    close(submission.activations.gelu_grad(points), exact, rtol=1e-6, atol=1e-8, what="gelu_grad", hint=hint)
    bottom = submission.activations.gelu_grad(exactly(-0.7517915247))
    close(bottom, exactly(0), atol=1e-8, what="gelu_grad at its minimum", hint=hint)
    bottom = submission.activations.gelu_grad(exactly(-0.7524614221), "tanh")
    close(bottom, exactly(0), atol=1e-8, what="gelu_grad by tanh at its minimum", hint=hint)
    bottom = submission.activations.silu_grad(exactly(-1.2784645428))
    close(bottom, exactly(0), atol=1e-8, what="silu_grad at its minimum", hint=hint)


@task("activations")
def test_gradients_are_slopes(submission):
    """The gradients are the slopes of the functions, measured over a step of 2e-4"""
    x, h = torch.linspace(-4, 4, 17, dtype=torch.float64), 1e-4
    for word in WORDS:
        slope = (submission.activations.gelu(x + h, word) - submission.activations.gelu(x - h, word)) / (
            2 * h
        )
        came = submission.activations.gelu_grad(x, word)
        close(came, slope, rtol=1e-5, atol=1e-6, what=f"gelu_grad, {word}")  # a third of a slope's h² 1e-8
    slope = (submission.activations.silu(x + h) - submission.activations.silu(x - h)) / (2 * h)
    close(submission.activations.silu_grad(x), slope, rtol=1e-5, atol=1e-6, what="silu_grad")


def far_out(came: tuple[torch.Tensor, ...]) -> str:
    """Return the hint for numbers far from zero: of infinity only where something is not finite."""
    if all(one.isfinite().all() for one in came):
        return "Far above zero each is x, far below it is 0."
    return "inf / inf and 0 * inf are NaN: which part of the formula is infinite there?"


@task("activations")
def test_activations_far_from_zero(submission):
    """From 20 to 10000 each is x with slope 1, below -20 it is 0 with slope 0, for autograd too; no NaN"""
    for dtype in (torch.float32, torch.float64):
        x = torch.tensor([20, 100, 1e4, -20, -100, -1e4], dtype=dtype)
        value, slope = x.clamp(min=0), (x > 0).to(dtype)
        for word in WORDS:
            came = submission.activations.gelu(x, word), submission.activations.gelu_grad(x, word)
            near(came, (value, slope), f"gelu and its slope, {word}", far_out(came))
        came = submission.activations.silu(x), submission.activations.silu_grad(x)
        near(came, (value, slope), "silu and its slope", far_out(came))
        came = submission.play(plays.gradients_of_activations, x)
        hint = "autograd multiplies: 0 * inf is NaN, also on the side that torch.where does not take."
        near(came, [slope, slope, slope], "autograd's slopes", hint)


@task("activations")
def test_gelu_knows_two_words(submission):
    """approximate is "none" or "tanh"; any other word raises ValueError"""
    for word in ("sigmoid", "exact"):
        with raises(ValueError, hint="A typing error must not choose a formula."):
            submission.activations.gelu(exactly(1), word)
        with raises(ValueError, hint="A typing error must not choose a formula."):
            submission.activations.gelu_grad(exactly(1), word)


@task("activations", weight=2)
def test_gelu_of_another_law(submission):
    """With mean 3 and deviation 2, 5 is kept to 84.13447 %, 3 to a half, 1 to 15.86553 %; float32 stays"""
    x = torch.tensor([5.0, 3, 1])
    share = torch.tensor([0.8413447, 0.5, 0.1586553])
    density = torch.tensor([0.2419707, 0.3989423, 0.2419707])  # of the standard law, at 1, 0 and -1
    hint = "Only the probability moves: x times that of (x - mean) / std."
    came = submission.activations.gelu(x, "none", 3.0, 2.0)
    near(came, x * share, "gelu", hint)
    expect_dtype(came, torch.float32)
    came = submission.activations.gelu_grad(x, "none", 3.0, 2.0)
    near(came, share + x * density / 2, "gelu_grad", "What stands inside has the slope 1 / std.")
    expect_dtype(came, torch.float32)
    nearly = torch.tensor([0.8411920, 0.5, 0.1588080])
    near(submission.activations.gelu(x, "tanh", 3.0, 2.0), x * nearly, "gelu, tanh", hint)
