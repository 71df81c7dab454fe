"""Hidden checks of the activations: torch's own and autograd on fresh input, and numbers far out."""

import math

import torch
import torch.nn.functional as F
from torch.distributions import Normal

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


def law_of(seed: Seed) -> tuple[float, float]:
    """Return mean and deviation of a fresh normal law below zero."""
    draw = seed.fork("law").uniform(2)
    return -2 + 0.4 * draw[0].item(), 0.4 + 0.2 * draw[1].item()


def bent(x: torch.Tensor, word: str, mean: float, std: float) -> torch.Tensor:
    """Return GELU of a law: by torch's distributions, or as 1 + tanh z = 2 sigmoid(2 z)."""
    if word == "none":
        return x * Normal(exactly(mean), exactly(std)).cdf(x)
    z = (x - mean) / std
    return x * torch.sigmoid(math.sqrt(8 / math.pi) * (z + 0.044715 * z.pow(3)))


def slope_of(x: torch.Tensor, word: str, mean: float, std: float) -> torch.Tensor:
    """Return the derivative of `bent`."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad(bent(x, word, mean, std).sum(), x)[0]


@task("activations", gate=True)
def test_activations_are_an_answer_at_all(submission, seed):
    """GELU of a fresh law and its slope go with the right ones on fresh input"""
    x, law = -2.5 * seed.uniform(50), law_of(seed)
    expect_in_step(submission.activations.gelu(x, "none", *law), bent(x, "none", *law))
    expect_in_step(submission.activations.gelu_grad(x, "none", *law), slope_of(x, "none", *law))


@task("activations")
def test_activations_equal_torchs(submission, seed):
    """The functions are torch's on fresh numbers of any shape

    Compare with F.gelu in both forms and F.silu, on numbers of any shape, a single one too.
    """
    x = numbers(seed)
    for word in WORDS:
        expected = F.gelu(x, approximate=word)
        near(submission.activations.gelu(x, word), expected, f"gelu, {word}", within=EXACT)
    near(submission.activations.silu(x), F.silu(x), "silu", within=EXACT)
    near(submission.activations.gelu(x[0, 0, 0]), F.gelu(x[0, 0, 0]), "one number", within=EXACT)


@task("activations", weight=3)
def test_gelu_of_fresh_laws(submission, seed):
    """For fresh means and deviations GELU is x times the law's own probability, and its slope fits

    x times the probability of the law below x: only the probability depends on mean and std, and the slope
    has a product rule.
    """
    x = numbers(seed)
    for name in ("a", "b"):
        mean, std = (scale * law for scale, law in zip((-1, 3), law_of(seed.fork(name)), strict=True))
        for word in WORDS:
            what = f"{word}, mean {mean:.3f}, std {std:.3f}"
            came = submission.activations.gelu(x, word, mean, std)
            near(came, bent(x, word, mean, std), f"gelu, {what}", within=EXACT)
            came = submission.activations.gelu_grad(x, word, mean, std)
            near(came, slope_of(x, word, mean, std), f"gelu_grad, {what}", within=EXACT)


@task("activations")
def test_gradients_equal_autograds(submission, seed):
    """The slopes are those that autograd finds in torch's functions, and in the student's own

    Compare the slopes with autograd's on torch's functions and on your own; both forms of GELU have one.
    """
    x, law = numbers(seed), law_of(seed)
    exact, by_tanh, of_silu = slopes(x)
    near(submission.activations.gelu_grad(x), exact, "gelu_grad, none", within=EXACT)
    near(submission.activations.gelu_grad(x, "tanh"), by_tanh, "gelu_grad, tanh", within=EXACT)
    near(submission.activations.silu_grad(x), of_silu, "silu_grad", within=EXACT)
    came = submission.play(plays.gradients_of_activations, x, *law)
    expected = [*(slope_of(x, word, *law) for word in WORDS), of_silu]
    near(came, expected, "autograd's slopes", within=EXACT)


@task("activations")
def test_activations_far_out(submission, seed):
    """Far above the mean each is x with slope 1, far below it is 0 with slope 0, for autograd too; no NaN

    Try 1000 and -1000, and autograd there: x with slope 1, 0 with slope 0, no NaN from infinity times 0.
    """
    far = 1e4 - 100 * seed.uniform(1)
    ends = torch.cat([far, -far])
    silu, silu_grad = submission.activations.silu(ends), submission.activations.silu_grad(ends)
    near(silu, torch.cat([far, 0 * far]), "silu far out", within=EXACT)
    near(silu_grad, exactly(1, 0), "the slope of silu far out", within=EXACT)
    for mean, x, kept in ((0.0, ends, exactly(1, 0)), (5e3, torch.cat([far, far / 4]), exactly(1, 0))):
        for word in WORDS:
            what = f"far out, {word}, mean {mean:g}"
            near(submission.activations.gelu(x, word, mean), x * kept, f"gelu {what}", within=EXACT)
            near(submission.activations.gelu_grad(x, word, mean), kept, f"the slope {what}", within=EXACT)
    came = submission.play(plays.gradients_of_activations, ends)
    near(came, [exactly(1, 0)] * 3, "autograd's slopes far out", within=EXACT)


@task("activations")
def test_activations_keep_the_dtype(submission, seed):
    """float32 stays float32, and is right

    Constants made in float64 widen float32: the result has the dtype of x, and its digits.
    """
    x, law = numbers(seed).float(), law_of(seed)
    for name, value, expected in (
        ("gelu", submission.activations.gelu(x, "tanh", *law), bent(x.double(), "tanh", *law)),
        ("gelu_grad", submission.activations.gelu_grad(x, "tanh", *law), slope_of(x.double(), "tanh", *law)),
    ):
        expect_dtype(value, torch.float32)
        near(value, expected, name)
