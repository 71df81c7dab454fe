"""Hidden checks of the losses: fresh inputs, gradients, and what the three forms have in common."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect_dtype, task

from .. import plays
from ..tests.near import LONG, near
from .fresh import expect_in_step, fresh_batch

FORMS = ("eps", "x0", "v")


# -------------------- 3.1 simple_loss
@task("simple_loss", gate=True)
def test_losses_are_answers_at_all(submission, seed):
    """Losses grow with the errors of fresh predictions, or weights fall with the noise"""
    x0, eps, t, alpha_bar = fresh_batch(seed, 12, 1, 4, 4)
    size = torch.linspace(-2, 2, 12, dtype=torch.float64).exp()
    off = size.reshape(12, 1, 1, 1) * seed.fork("off").normal(12, 1, 4, 4)
    signal = 0.84 + 0.15 * seed.fork("signal").uniform(30)  # SNR above 5

    def loss() -> Tensor:
        return submission.loss.simple_loss(eps + off, x0, eps, t, alpha_bar)

    any_of(
        lambda: expect_in_step(loss().abs().log(), size.log()),
        lambda: expect_in_step(submission.loss.min_snr_weight(signal, "eps"), 5 / signal - 5),
    )


@task("simple_loss")
@settings(max_examples=15)
@given(b=st.integers(1, 5), dims=st.lists(st.integers(1, 4), max_size=4), n=st.integers(0, 10**6))
def test_losses_are_exact_for_any_shape(submission, reference, b, dims, n):
    """Each image's loss is exact in every form, for images of any shape

    One number for each image, the mean over its values, for images of any number of axes, against the target
    of each form.
    """
    x0, eps, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    prediction = Seed(n).fork("prediction").normal(b, *dims)
    v = reference.forward.v_from_x0_eps(x0, eps, t, alpha_bar)
    for form, target in (("eps", eps), ("x0", x0), ("v", v)):
        loss = submission.loss.simple_loss(prediction, x0, eps, t, alpha_bar, form)
        expected = exactly(*(((p - q) ** 2).mean().item() for p, q in zip(prediction, target, strict=True)))
        near(loss, expected, f"the loss of {form!r}", within=LONG)


@task("simple_loss")
def test_loss_has_the_gradient_of_a_mean(submission, seed):
    """The gradient with respect to the prediction is twice the error over the count of values, in any form

    The gradient by the prediction is 2 (prediction - target) over the count of values: the target is not
    differentiated.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 4, 2, 3)
    prediction = seed.fork("prediction").normal(4, 2, 3)
    a = alpha_bar[t].reshape(4, 1, 1)
    for form, target in (("eps", eps), ("x0", x0), ("v", a.sqrt() * eps - (1 - a).sqrt() * x0)):
        gradient = submission.play(plays.gradient_of_simple_loss, prediction, x0, eps, t, alpha_bar, form)
        near(gradient, (prediction - target) / 3, f"the gradient of {form!r}", within=LONG)


@task("simple_loss")
@settings(max_examples=15)
@given(signal=st.lists(st.floats(0, 1), min_size=1, max_size=8), gamma=st.floats(0.1, 20))
def test_weights_follow_their_formula(submission, signal, gamma):
    """min(SNR, gamma), the same over SNR, and over SNR + 1, for any signal, 0 and 1 included

    min(SNR, gamma), the same over SNR, and over SNR + 1: 1 / (SNR + 1) is 1 - alpha_bar. Try alpha_bar of 0
    and 1.
    """
    clipped = [gamma if a == 1 else min(a / (1 - a), gamma) for a in signal]
    weights = {
        "x0": clipped,
        "eps": [
            1.0 if a == 0 else 0.0 if a == 1 else c * (1 - a) / a
            for a, c in zip(signal, clipped, strict=True)
        ],
        "v": [c * (1 - a) for a, c in zip(signal, clipped, strict=True)],
    }
    for form, expected in weights.items():
        weight = submission.loss.min_snr_weight(exactly(*signal), form, gamma=gamma)
        close(weight, exactly(*expected), rtol=LONG, atol=1e-300, what=f"the weights of {form!r}")


@task("simple_loss")
def test_weighted_losses_agree_between_forms(submission, seed):
    """One error of x_0, written in three forms, has the same weighted loss in all of them

    Write one error of x_0 as an error of eps and of v: the weighted losses must agree.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 6, 5)
    a = alpha_bar[t].reshape(6, 1)
    off = seed.fork("off").normal(6, 5)  # of x_0; x_t is known, so noise and v are off with it
    v = a.sqrt() * eps - (1 - a).sqrt() * x0
    wrong = {"x0": x0 + off, "eps": eps - (a / (1 - a)).sqrt() * off, "v": v - off / (1 - a).sqrt()}
    losses = []
    for form, prediction in wrong.items():
        loss = submission.loss.simple_loss(prediction, x0, eps, t, alpha_bar, form)
        losses.append(submission.loss.min_snr_weight(alpha_bar, form)[t] * loss)
    close(losses[1], losses[0], rtol=LONG, what="the weighted loss of 'eps'")
    close(losses[2], losses[0], rtol=LONG, what="the weighted loss of 'v'")


@task("simple_loss")
def test_losses_leave_their_input_alone(submission, seed):
    """No argument of either function is changed, and float16 images have a float16 loss

    Nothing that came in is changed, and float16 images have a float16 loss.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 2, 1, 3, 3)
    arguments = [x0 - eps, x0, eps, t, alpha_bar]
    after = submission.play(plays.after_simple_loss, *arguments)
    close(after, arguments, rtol=0, what="the arguments afterwards")
    for form in FORMS:
        loss = submission.loss.simple_loss((x0 - eps).half(), x0.half(), eps.half(), t, alpha_bar, form)
        expect_dtype(loss, torch.float16)
