"""Public checks of classifier guidance: linear classifiers, whose gradients are known, and Bayes' rule."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, exactly, expect, expect_dtype, task
from common.exact import Mixture, gaussian_score, mixture_score

from .. import plays
from .asked import expect_held
from .images import CAST, NOISE, SIGNAL, B, by_image
from .near import SINGLE, near

K = 3  # classes
DIMS = (2, 2)  # of one image
ALPHA_BAR = SIGNAL * SIGNAL  # signal variance at each step
T = torch.tensor([3, 0, 4, 2, 1])  # one step for each image
LABELS = torch.tensor([0, 1, 2, 1, 0])  # one for each image
CONSTANT = (
    "torch.autograd.grad(..., x) gives the gradient with respect to x alone; backward() also fills the "
    "parameters."
)


def a_classifier(seed: Seed) -> tuple[Tensor, Tensor]:
    """Return slope and bias of a linear classifier for each step."""
    return seed.fork("slope").normal(B, K, 4), seed.fork("bias").normal(B, K)


def exact_gradient(slope: Tensor, bias: Tensor, x_t: Tensor) -> Tensor:
    """Return the slope of the right class minus the average slope, image by image."""
    gradients = []
    for x, t, label in zip(x_t.flatten(1), T, LABELS, strict=True):
        p = torch.softmax(slope[t] @ x + bias[t], dim=0)
        gradients.append((slope[t, label] - p @ slope[t]).reshape(DIMS))
    return torch.stack(gradients)


def guide(submission: Any, seed: Seed, eps: Tensor, x_t: Tensor, scale: float | None) -> dict[str, Any]:
    """Return what classifier_guidance answers, and what it leaves behind."""
    slope, bias = a_classifier(seed)
    arguments = (slope, bias, eps, x_t, T, LABELS, ALPHA_BAR, scale)
    return submission.play(plays.classifier_guidance, *arguments)


# -------------------- 3.1 classifier_guidance
@task("classifier_guidance", weight=2)
def test_gradient_of_a_linear_classifier(submission, seed):
    """The gradient of log p(label | x_t) is the slope of that label minus the average slope of all"""
    slope, bias = a_classifier(seed)
    x_t = seed.fork("x_t").normal(B, *DIMS)
    came = submission.play(plays.classifier_gradient, slope, bias, x_t, T, LABELS)
    hint = "Logits become log-probabilities by log_softmax; each image has a label of its own."
    near(came["gradient"], exact_gradient(slope, bias, x_t), "the gradient", hint)


@task("classifier_guidance")
def test_gradient_does_not_depend_on_the_batch(submission, seed):
    """An image has the same gradient alone as in a batch"""
    slope, bias = a_classifier(seed)
    x_t = seed.fork("x_t").normal(B, *DIMS)
    together = submission.play(plays.classifier_gradient, slope, bias, x_t, T, LABELS)["gradient"]
    hint = "Sum the log-probabilities of the images; a mean divides every gradient by the batch size."
    for i in (1, 2):
        one = slice(i, i + 1)
        alone = submission.play(plays.classifier_gradient, slope, bias, x_t[one], T[one], LABELS[one])
        near(together[one], alone["gradient"], "the gradient", hint)
    near(together, exact_gradient(slope, bias, x_t), "the gradient", hint)


@task("classifier_guidance", weight=2)
def test_gradient_comes_without_recording(submission, seed):
    """Samplers run under torch.no_grad: the gradient comes there too"""
    slope, bias = a_classifier(seed)
    x_t = seed.fork("x_t").normal(B, *DIMS)
    came = submission.play(plays.classifier_gradient, slope, bias, x_t, T, LABELS, recording=False)
    hint = "with torch.enable_grad(): switches recording on again for a few lines."
    near(came["gradient"], exact_gradient(slope, bias, x_t), "the gradient", hint)


@task("classifier_guidance")
def test_gradient_leaves_nothing_behind(submission, seed):
    """The gradient is a constant; x_t has none, and the classifier's parameters have what they had"""
    slope, bias = a_classifier(seed)
    x_t = seed.fork("x_t").normal(B, *DIMS)
    came = submission.play(plays.classifier_gradient, slope, bias, x_t, T, LABELS)
    expect(not came["tracked"], "the gradient itself is recorded (requires_grad)", CONSTANT)
    expect(not came["x_t tracked"], "x_t requires grad afterwards", "Work on x_t.detach(), which is yours.")
    expect(came["of x_t"] is None, "a gradient was left behind x_t", CONSTANT)
    expect_held(came["held"], CONSTANT)
    near(came["gradient"], exact_gradient(slope, bias, x_t), "the gradient")


@task("classifier_guidance", weight=2)
def test_guidance_shifts_the_noise(submission, seed):
    """The noise moves by -scale * sqrt(1 - alpha_bar) times the gradient, each image at its own step"""
    slope, bias = a_classifier(seed)
    eps, x_t = seed.fork("eps").normal(B, *DIMS), seed.fork("x_t").normal(B, *DIMS)
    came = guide(submission, seed, eps, x_t, 2.5)
    shift = by_image(NOISE[T], exact_gradient(slope, bias, x_t))
    hint = "The score is -eps / sqrt(1 - alpha_bar): what adds to the score is subtracted from eps."
    near(came["guided"], eps - 2.5 * shift, "the guided noise", hint)
    expect(not came["tracked"], "the guided noise is recorded (requires_grad)", "x_t came out of a model.")
    expect(came["of x_t"] is None, "a gradient was left behind x_t", CONSTANT)
    expect_held(came["held"], CONSTANT)


@task("classifier_guidance", weight=2)
def test_guidance_is_bayes_rule(submission, seed):
    """At scale 1, the default, the exact classifier turns a mixture's unconditional noise into the class's"""
    means, weights = 2 * seed.fork("means").normal(K, 4), exactly(0.5, 0.3, 0.2)
    x_t, v = seed.fork("x_t").normal(B, 4), 0.5
    spread = (ALPHA_BAR * v + 1 - ALPHA_BAR).reshape(B, 1)  # the variance of x_t in each class, by step
    slope = SIGNAL[:, None, None] * means / spread[:, None]
    bias = weights.log() - (ALPHA_BAR[:, None] * means.square().sum(1)) / (2 * spread)
    mixture = Mixture(weights, means, v * torch.eye(4, dtype=torch.float64).expand(K, 4, 4))
    eps = -by_image(NOISE[T], mixture_score(x_t, SIGNAL[T], NOISE[T], mixture))
    of_class = gaussian_score(x_t, SIGNAL[T], NOISE[T], means[LABELS], v)
    came = submission.play(plays.classifier_guidance, slope, bias, eps, x_t, T, LABELS, ALPHA_BAR)
    hint = "log p(x | y) = log p(x) + log p(y | x) + constant, and a score is the gradient of the left side."
    near(came["guided"], -by_image(NOISE[T], of_class), "the guided noise", hint, 1e-10)


@task("classifier_guidance")
def test_guidance_keeps_the_dtype(submission, seed):
    """Noise in float32 stays float32, with a float64 schedule; scale 0 changes nothing"""
    eps, x_t = seed.fork("eps").normal(B, *DIMS).float(), seed.fork("x_t").normal(B, *DIMS).float()
    came = guide(submission, seed, eps, x_t, 0.0)
    expect_dtype(came["guided"], torch.float32, CAST)
    near(came["guided"], eps, "the noise at scale 0", within=SINGLE)
