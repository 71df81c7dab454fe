"""Hidden checks of classifier guidance: a classifier that is not linear, and nothing left behind."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect, task

from .. import plays as public
from ..tests.asked import expect_held
from ..tests.near import near
from . import plays
from .fresh import between, expect_alike


def curved(seed: Seed, b: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the layers of a classifier of four classes, images of six values, steps and labels."""
    t, labels = ((seed.fork(name).uniform(b) * n).long() for name, n in (("t", 10), ("labels", 4)))
    return (seed.fork("inner").normal(8, 6) / 2, seed.fork("outer").normal(4, 8),
            seed.fork("x_t").normal(b, 2, 3), t, labels)  # fmt: skip


def log_p(inner: Tensor, outer: Tensor, x_t: Tensor, t: Tensor, labels: Tensor) -> Tensor:
    """Return log p(label | x_t) of each image."""
    logits = torch.tanh(x_t.flatten(1) @ inner.T + t[:, None] / 10) @ outer.T
    return torch.stack([row[y] - row.logsumexp(0) for row, y in zip(logits, labels, strict=True)])


@task("classifier_guidance", gate=True)
def test_guidance_is_an_answer_at_all(submission, seed):
    """The gradient goes with the slopes of a fresh linear classifier"""
    b, d = 6, 12
    slope, bias = seed.fork("slope").normal(3, 2, d), torch.zeros(3, 2, dtype=torch.float64)
    x_t, t = 0.01 * seed.fork("x_t").normal(b, d), torch.arange(b) % 3
    labels = torch.tensor([0, 1, 0, 0, 1, 0])
    came = submission.play(public.classifier_gradient, slope, bias, x_t, t, labels)
    towards, away = slope[t, labels], slope[t, 1 - labels]  # both classes are as likely
    expect_alike(came["gradient"], towards - away, towards, slope[t, 0] - slope[t, 1])


@task("classifier_guidance", weight=2)
def test_gradient_is_that_of_differences(submission, seed):
    """The gradient agrees with differences of log p(label | x_t), for a classifier that is not linear

    The gradient of log p(label | x_t) by x_t: log_softmax, then each image's own label, then the sum. Compare
    with small differences.
    """
    inner, outer, x_t, t, labels = curved(seed, 5)
    came = submission.play(plays.curved_gradient, inner, outer, x_t, t, labels)
    h, slopes = 1e-5, []
    for unit in torch.eye(6, dtype=torch.float64).reshape(6, 2, 3):
        up, down = (log_p(inner, outer, x_t + sign * h * unit, t, labels) for sign in (1, -1))
        slopes.append((up - down) / (2 * h))
    expected = torch.stack(slopes, dim=1).reshape(5, 2, 3)
    near(came["gradient"], expected, "the gradient", within=1e-7)  # h squared, and 1e-16 / h


@task("classifier_guidance", weight=2)
def test_gradient_is_taken_once_and_forgotten(submission, seed):
    """The classifier is called once for the whole batch, and no gradient is left even if x_t requires one

    One call for the whole batch, on a detached copy that requires a gradient; x_t.grad stays as it was.
    """
    came = submission.play(plays.curved_gradient, *curved(seed, 4))
    calls = came["calls"]
    expect(calls == 1, f"the classifier was called {calls} times; expected once for the batch")
    expect(not came["tracked"], "the gradient itself is recorded (requires_grad)")
    expect(came["of x_t"] is None, "a gradient was left in x_t")
    expect_held(came["held"])


@task("classifier_guidance")
def test_gradients_of_all_classes_cancel(submission, seed):
    """Weighted with their probabilities, the gradients of all classes add up to 0

    Weighted with the classes' probabilities the gradients add up to 0: is it log_softmax that is
    differentiated?
    """
    inner, outer, x_t, t, _ = curved(seed, 3)
    logits = torch.tanh(x_t.flatten(1) @ inner.T + t[:, None] / 10) @ outer.T
    p, total = logits.softmax(1), torch.zeros_like(x_t)
    for label in range(4):
        labels = torch.full((3,), label)
        came = submission.play(plays.curved_gradient, inner, outer, x_t, t, labels)
        if label == 0:
            expect(came["gradient"].abs().max() > 1e-3, "the gradient of class 0 is zero everywhere")
        total += p[:, label].reshape(3, 1, 1) * came["gradient"]
    near(total, torch.zeros_like(x_t), "the weighted sum")


@task("classifier_guidance", weight=2)
def test_guidance_of_fresh_noise(submission, seed):
    """The shift is -scale * sqrt(1 - alpha_bar[t]) times the gradient, at fresh steps of a fresh schedule

    eps - scale sqrt(1 - alpha_bar[t]) gradient, each image at its own step: the sign is minus.
    """
    b, d, T = 5, 6, 12
    slope, bias = 20 * seed.fork("slope").normal(T, 3, d), seed.fork("bias").normal(T, 3)
    eps, x_t = seed.fork("eps").normal(b, 2, 3), seed.fork("x_t").normal(b, 2, 3)
    alpha_bar = between(seed.fork("alpha_bar"), 0, 1, T).sort(descending=True).values
    t, labels = (seed.fork("t").uniform(b) * T).long(), (seed.fork("labels").uniform(b) * 3).long()
    came = submission.play(public.classifier_guidance, slope, bias, eps, x_t, t, labels, alpha_bar, -1.25)
    for i in range(b):
        p = torch.softmax(slope[t[i]] @ x_t[i].flatten() + bias[t[i]], dim=0)
        gradient = slope[t[i], labels[i]] - p @ slope[t[i]]
        expected = eps[i] + 1.25 * (1 - alpha_bar[t[i]]).sqrt() * gradient.reshape(2, 3)
        near(came["guided"][i], expected, f"the noise of image {i}")
    expect(not came["tracked"], "the guided noise is recorded (requires_grad)")


@task("classifier_guidance")
def test_guidance_leaves_its_input_alone(submission, seed):
    """No argument is changed, under torch.no_grad

    Under torch.no_grad the gradient is needed all the same: enable it inside, and change nothing.
    """
    inner, outer, x_t, t, _ = curved(seed, 3)
    eps, alpha_bar = seed.fork("eps").normal(3, 2, 3), between(seed.fork("alpha_bar"), 0, 1, 10)
    after = submission.play(plays.after_classifier_guidance, inner, outer, eps, x_t, t, alpha_bar)
    close(after, [eps, x_t, t, torch.zeros_like(t), alpha_bar], rtol=0, what="the arguments afterwards")
