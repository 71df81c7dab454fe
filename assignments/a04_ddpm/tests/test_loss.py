"""Public checks of the losses: worked examples, limits, and what the three forms have in common."""

import torch

from autograder.checks import close, exactly, expect_dtype, raises, task

from .near import expect_all_digits, near
from .triangles import ALPHA_BAR, SHAPES, every_step, noised

PER_IMAGE = "One loss for each image: the mean over its values, neither their sum nor the mean of the batch."
FORMS = "'eps', 'x0' and 'v' are the three forms; for anything else raise ValueError."

# Signal-to-noise ratios of 20, 5, 1 and 1/4.
RATIOS = exactly(20 / 21, 5 / 6, 1 / 2, 1 / 5)


# -------------------- 3.1 simple_loss
@task("simple_loss")
def test_simple_loss_of_a_worked_example(submission):
    """At alpha_bar = 0.36, for x_0 = 10 and eps = 1, each form's own target is missed by 2: the loss is 4"""
    x0, eps, t = exactly(10), exactly(1), torch.tensor([3])
    for form, prediction in (("eps", 3), ("x0", 8), ("v", -5.4)):
        loss = submission.loss.simple_loss(exactly(prediction), x0, eps, t, ALPHA_BAR, form)
        hint = "The noise is 1, the image 10 and v = 0.6 * 1 - 0.8 * 10 = -7.4: which does this form predict?"
        near(loss, exactly(4), f"the loss of {form!r}", hint)


@task("simple_loss")
def test_simple_loss_is_one_number_for_each_image(submission, seed):
    """Each image gets the mean over its own values, whatever shape and form; float64 keeps its digits"""
    for dims in reversed(SHAPES):  # an image of one value would not tell a mean from its root
        x0, t, eps = every_step(seed, *dims)
        off = seed.fork("off").normal(len(t), *dims)
        expected = torch.stack([image.square().mean() for image in off])
        for form, target in (("eps", eps), ("x0", x0), ("v", noised(x0, t, eps)[1])):
            loss = submission.loss.simple_loss(target + off, x0, eps, t, ALPHA_BAR, form)
            what = f"the loss of {form!r} for images {list(x0.shape)}"
            near(loss, expected, what, PER_IMAGE)
            expect_all_digits(loss, expected, what)


@task("simple_loss")
def test_simple_loss_expects_noise_unless_told_otherwise(submission, seed):
    """Without a form the prediction is taken for the noise, and float32 stays float32"""
    x0, t, eps = every_step(seed, 1, 2, 2)
    loss = submission.loss.simple_loss(eps.float(), x0.float(), eps.float(), t, ALPHA_BAR)
    close(loss, torch.zeros(5), what="the loss when the noise is predicted exactly")
    expect_dtype(
        submission.loss.simple_loss(eps.float(), x0.float(), eps.float(), t, ALPHA_BAR, "v"), loss.dtype
    )


@task("simple_loss")
def test_losses_refuse_unknown_forms(submission):
    """A form of another name raises ValueError in both functions"""
    one, t = exactly(1), torch.tensor([0])
    with raises(ValueError, hint=FORMS):
        submission.loss.simple_loss(one, one, one, t, ALPHA_BAR, "epsilon")
    with raises(ValueError, hint=FORMS):
        submission.loss.min_snr_weight(ALPHA_BAR, "epsilon")


@task("simple_loss")
def test_min_snr_weight_of_known_ratios(submission):
    """For SNR 20, 5, 1, 1/4 the weights are 5, 5, 1, 1/4 (x0), 1/4, 1, 1, 1 (eps), 5/21, 5/6, 1/2, 1/5 (v)"""
    weights = {
        "x0": exactly(5, 5, 1, 0.25),
        "eps": exactly(0.25, 1, 1, 1),
        "v": exactly(5 / 21, 5 / 6, 0.5, 0.2),
    }
    for form, expected in weights.items():
        weight = submission.loss.min_snr_weight(RATIOS, form)
        hint = "Which power of the SNR turns the error of this form into the error of x_0?"
        near(weight, expected, f"the weights of {form!r}", hint)
        expect_dtype(weight, torch.float64)
    near(submission.loss.min_snr_weight(RATIOS), weights["eps"], "the weights unless told otherwise")


@task("simple_loss")
def test_min_snr_weight_at_both_ends(submission):
    """Without signal the weights are 0 (x0), 1 (eps), 0 (v); without noise 5, 0, 0: never NaN"""
    for form, expected in (("x0", exactly(0, 5)), ("eps", exactly(1, 0)), ("v", exactly(0, 0))):
        weight = submission.loss.min_snr_weight(exactly(0, 1), form)
        hint = (
            "min(SNR, gamma) / SNR, the weight of eps, is 1 for all SNR below gamma, 0 included, where a "
            "quotient would be 0 / 0; those of x0 and v are 0 there."
        )
        close(weight, expected, what=f"the weights of {form!r} at alpha_bar = 0, 1", hint=hint)


@task("simple_loss")
def test_min_snr_weight_uses_gamma(submission):
    """With gamma = 1 nothing counts more than at SNR 1"""
    weight = submission.loss.min_snr_weight(RATIOS, "x0", gamma=1.0)
    near(weight, exactly(1, 1, 1, 0.25), "the weights of 'x0' for gamma = 1")
