"""Hidden checks of the activations: torch's own and autograd on fresh input, and numbers far out."""

import torch
import torch.nn.functional as F

from autograder.checks import Seed, exactly, expect_dtype, task

from .. import plays
from ..tests.near import EXACT, near
from .fresh import expect_in_step

WORDS = ("none", "tanh")


def slopes(x: torch.Tensor) -> list[torch.Tensor]:
    """Return the derivatives of torch's GELU, its approximation, and SiLU."""
    x = x.clone().requires_grad_()
    values = [F.gelu(x), F.gelu(x, approximate="tanh"), F.silu(x)]
    return [torch.autograd.grad(value.sum(), x)[0] for value in values]


def numbers(seed: Seed) -> torch.Tensor:
    """Return fresh numbers, most of them below zero."""
    return 2 * seed.normal(3, 4, 5) - 1


@task("activations", gate=True)
def test_activations_are_an_answer_at_all(submission, seed):
    """GELU and its slope go with the right ones on fresh input below zero"""
    x = -2.5 * seed.uniform(50)
    expect_in_step(submission.activations.gelu(x), F.gelu(x))
    expect_in_step(submission.activations.gelu_grad(x), slopes(x)[0])


@task("activations", weight=2)
def test_activations_equal_torchs(submission, seed):
    """The functions are torch's on fresh numbers of any shape"""
    x = numbers(seed)
    for word in WORDS:
        expected = F.gelu(x, approximate=word)
        near(submission.activations.gelu(x, word), expected, f"gelu, {word}", within=EXACT)
    near(submission.activations.silu(x), F.silu(x), "silu", within=EXACT)
    near(submission.activations.gelu(x[0, 0, 0]), F.gelu(x[0, 0, 0]), "one number", within=EXACT)


@task("activations")
def test_gradients_equal_autograds(submission, seed):
    """The slopes are those that autograd finds in torch's functions, and in the student's own"""
    x = numbers(seed)
    exact, by_tanh, of_silu = slopes(x)
    near(submission.activations.gelu_grad(x), exact, "gelu_grad, none", within=EXACT)
    near(submission.activations.gelu_grad(x, "tanh"), by_tanh, "gelu_grad, tanh", within=EXACT)
    near(submission.activations.silu_grad(x), of_silu, "silu_grad", within=EXACT)
    came = submission.play(plays.gradients_of_activations, x)
    near(came, [exact, by_tanh, of_silu], "autograd's slopes", within=EXACT)


@task("activations")
def test_activations_far_out(submission, seed):
    """Near 10000 each is x with slope 1, near -10000 it is 0 with slope 0, for autograd too; no NaN"""
    far = 1e4 - 100 * seed.uniform(1)
    ends = torch.cat([far, -far])
    for name, value, slope in (
        ("gelu", submission.activations.gelu(ends), submission.activations.gelu_grad(ends)),
        (
            "gelu by tanh",
            submission.activations.gelu(ends, "tanh"),
            submission.activations.gelu_grad(ends, "tanh"),
        ),
        ("silu", submission.activations.silu(ends), submission.activations.silu_grad(ends)),
    ):
        near(value, torch.cat([far, 0 * far]), f"{name} far out", within=EXACT)
        near(slope, exactly(1, 0), f"the slope of {name} far out", within=EXACT)
    came = submission.play(plays.gradients_of_activations, ends)
    near(came, [exactly(1, 0)] * 3, "autograd's slopes far out", within=EXACT)


@task("activations")
def test_activations_keep_the_dtype(submission, seed):
    """float32 stays float32"""
    x = numbers(seed).float()
    for value in (submission.activations.gelu(x, "tanh"), submission.activations.gelu_grad(x, "tanh")):
        expect_dtype(value, torch.float32)
