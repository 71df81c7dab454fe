"""Public checks of classifier-free guidance: worked examples, and the same guidance in every form."""

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect_dtype, raises, task

from .. import plays
from .images import BY_IMAGE, CAST, FORMS, IN_PLACE, NOISE, SHAPES, SIGNAL, B, by_image, two_batches
from .near import HALF, SINGLE, near

WEIGHTS = exactly(0, 1, 2, 7.5, -0.5)  # one for each image


def in_form(form: str, x_t: Tensor, x0: Tensor) -> Tensor:
    """Return what a model that sees the images `x0` behind `x_t` predicts, image by image."""
    eps = by_image(1 / NOISE, x_t - by_image(SIGNAL, x0))
    match form:
        case "eps":
            return eps
        case "v":
            return by_image(SIGNAL, eps) - by_image(NOISE, x0)
        case "score":
            return by_image(-1 / NOISE, eps)
    return x0


# -------------------- 2.1 cfg_combine
@task("cfg_combine", weight=2)
def test_cfg_of_a_worked_example(submission):
    """From 1 (unconditional) and 3 (conditional), w = 0, 1, 2, 7.5, 30 make 1, 3, 5, 16, 61"""
    hint = "w = 0 gives the unconditional prediction, w = 1 the conditional one. The paper's w is one less."
    for w, expected in ((0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (7.5, 16.0), (30.0, 61.0)):
        guided = submission.combine.cfg_combine(exactly(3), exactly(1), w)
        near(guided, exactly(expected), f"guidance with w = {w:g}", hint)


@task("cfg_combine")
def test_cfg_takes_a_weight_for_each_image(submission, seed):
    """With a tensor of weights each image has its own, whatever the shape of an image"""
    for dims in SHAPES:
        cond, uncond = two_batches(seed, *dims)
        guided = submission.combine.cfg_combine(cond, uncond, WEIGHTS)
        expected = by_image(WEIGHTS, cond) + by_image(1 - WEIGHTS, uncond)
        near(guided, expected, f"for shape {tuple(cond.shape)}, the guided prediction", BY_IMAGE)


@task("cfg_combine")
def test_cfg_means_the_same_for_noise_and_image(submission, seed):
    """The image that belongs to the guided noise is the guided image"""
    x_t = seed.fork("x_t").normal(B, 2, 3)
    eps_c, eps_u = two_batches(seed, 2, 3)
    guided_eps = submission.combine.cfg_combine(eps_c, eps_u, 3.0)
    x0_c, x0_u, expected = ((x_t - 0.8 * eps) / 0.6 for eps in (eps_c, eps_u, guided_eps))
    guided_x0 = submission.combine.cfg_combine(x0_c, x0_u, 3.0)
    hint = "The weights of the two predictions must add up to 1: then guidance commutes with affine maps."
    near(guided_x0, expected, "the guided image", hint)


@task("cfg_combine")
def test_cfg_keeps_the_dtype(submission, seed):
    """Predictions in float32 stay float32, also with weights in float64"""
    cond, uncond = (value.float() for value in two_batches(seed, 3, 4))
    for w in (2.5, torch.full((B,), 2.5, dtype=torch.float64)):
        guided = submission.combine.cfg_combine(cond, uncond, w)
        expect_dtype(guided, torch.float32, CAST)
        expected = 2.5 * cond.double() - 1.5 * uncond.double()
        near(guided, expected, "guidance with w = 2.5", within=SINGLE)


@task("cfg_combine")
def test_cfg_weights_keep_their_digits(submission):
    """Float64 weights of 200.06 and 200.03 are not rounded to the dtype of the predictions"""
    hint = (
        "A weight that is cast to the dtype of the predictions has lost digits: multiply in float64, and "
        "cast the result alone."
    )
    for dtype, step, within in ((torch.float16, 1.0, HALF), (torch.float32, 1000.0, SINGLE)):
        cond, uncond = (torch.full((2, 3), size * step, dtype=dtype) for size in (-199, -200))
        guided = submission.combine.cfg_combine(cond, uncond, 200 + exactly(0.06, 0.03) / step**2)
        expected = exactly(0.06, 0.03)[:, None].expand(2, 3) / step
        close(guided, expected, rtol=within, atol=within, what=f"guidance in {dtype}", hint=hint)


@task("cfg_combine", weight=2)
def test_weights_of_the_two_conventions(submission):
    """7.5 in the course's form is 6.5 in the paper's, where 0 means plain conditional"""
    convert = submission.combine.convert_weight
    hint = "Set (1 + a) c - a u equal to u + b (c - u) and compare the factors of c."
    close(convert(7.5, "course", "paper"), 6.5, what="course 7.5 as paper", hint=hint)
    close(convert(1.23456, "paper", "course"), 2.23456, what="paper 1.23456 as course", hint=hint)
    close(convert(0.0, "paper", "course"), 1.0, what="paper 0 as course", hint=hint)
    close(convert(3.0, "paper", "paper"), 3.0, what="paper 3 as paper", hint=hint)
    close(convert(2.0, "course", "course"), 2.0, what="course 2 as course", hint=hint)


@task("cfg_combine")
def test_conventions_guide_alike(submission, seed):
    """(1 + a) cond - a uncond is what cfg_combine makes with the converted weight"""
    cond, uncond = two_batches(seed, 4)
    w = submission.combine.convert_weight(2.5, "paper", "course")
    guided = submission.combine.cfg_combine(cond, uncond, w)
    near(guided, 3.5 * cond - 2.5 * uncond, "guidance with a = 2.5")


@task("cfg_combine")
def test_conventions_that_are_not_known(submission):
    """A convention with another name raises ValueError, on either side"""
    hint = "Look the names up and refuse what is not there; a silent default hides a typing error."
    close(submission.combine.convert_weight(5.0, "course", "paper"), 4.0, what="course 5 as paper")
    for source, target in (("glide", "course"), ("course", "glide")):
        with raises(ValueError, hint=hint):
            submission.combine.convert_weight(2.0, source, target)


@task("cfg_combine")
def test_cfg_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    cond, uncond = two_batches(seed, 2, 2)
    after = submission.play(plays.after_cfg_combine, cond, uncond, WEIGHTS)
    close(after, [cond, uncond, WEIGHTS], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 2.2 guided_x0
@task("guided_x0", weight=2)
def test_x0_of_a_worked_example(submission):
    """At alpha_bar = 0.36 and x_t = 6.8, the images 10 (conditional) and 5 make 15 at w = 2, in each form"""
    predictions = {"eps": (1, 4.75), "x0": (10, 5), "v": (-7.4, -1.15), "score": (-1.25, -5.9375)}
    hint = "Guide in the form that came in, then solve for the image: x_t = 0.6 x_0 + 0.8 eps here."
    for form, (cond, uncond) in predictions.items():
        x0 = submission.combine.guided_x0(
            exactly(6.8), exactly(cond), exactly(uncond), 2.0, exactly(0.36), form
        )
        near(x0, exactly(15), f"x0 from {form}", hint)


@task("guided_x0")
def test_x0_takes_each_image_at_its_own_level(submission, seed):
    """Each image has its own signal level and its own weight, whatever its shape and the form"""
    for dims in SHAPES:
        x_t = seed.fork("x_t").normal(B, *dims)
        x0_c, x0_u = two_batches(seed, *dims)
        expected = by_image(WEIGHTS, x0_c) + by_image(1 - WEIGHTS, x0_u)
        for form in FORMS:
            cond, uncond = in_form(form, x_t, x0_c), in_form(form, x_t, x0_u)
            x0 = submission.combine.guided_x0(x_t, cond, uncond, WEIGHTS, SIGNAL**2, form)
            near(x0, expected, f"for shape {tuple(x_t.shape)}, x0 from {form}", BY_IMAGE)


@task("guided_x0", weight=2)
def test_x0_is_guided_without_any_signal(submission, seed):
    """Where alpha_bar is 0 guidance still acts, if the model predicts v (minus the image) or x0"""
    x_t, nothing = seed.fork("x_t").normal(B, 3), torch.zeros(B, dtype=torch.float64)
    x0_c, x0_u = two_batches(seed, 3)
    expected = 3 * x0_c - 2 * x0_u
    hint = "Do not divide by sqrt(alpha_bar) for v: (x_t, v) is (x_0, eps) turned by an angle."
    for form, sign in (("v", -1), ("x0", 1)):
        x0 = submission.combine.guided_x0(x_t, sign * x0_c, sign * x0_u, 3.0, nothing, form)
        near(x0, expected, f"x0 from {form} in pure noise", hint)


@task("guided_x0", weight=2)
def test_x0_of_pure_noise_is_refused(submission):
    """eps and score raise ValueError where alpha_bar is 0, also when it is 0 for one image only"""
    x_t, cond, uncond, w = exactly(0.3, -1), exactly(1, 2), exactly(0, 1), 2.0
    hint = "At alpha_bar = 0 the noise is x_t itself: nothing can be learnt about the image from it."
    x0 = submission.combine.guided_x0(x_t, cond, uncond, w, exactly(0.36, 0.64), "eps")
    near(x0, exactly(-13 / 6, -3.5), "x0 where some signal is left")  # (0.3 - 1.6) / 0.6
    for form in ("eps", "score"):
        with raises(ValueError, hint=hint):
            submission.combine.guided_x0(x_t, cond, uncond, w, exactly(0.36, 0), form)


@task("guided_x0")
def test_x0_of_an_unknown_form_is_refused(submission):
    """A form with another name raises ValueError"""
    known = submission.combine.guided_x0(exactly(1), exactly(2), exactly(1), 2.0, exactly(0.64), "v")
    near(known, exactly(-1), "x0 from v at alpha_bar = 0.64")  # 0.8 - 0.6 * 3
    with raises(ValueError, hint="A match statement needs a `case _`."):
        submission.combine.guided_x0(exactly(1), exactly(2), exactly(1), 2.0, exactly(0.64), "epsilon")


@task("guided_x0")
def test_x0_keeps_the_dtype(submission, seed):
    """Images in float32 stay float32 in every form, and the float64 schedule keeps its digits"""
    x_t = seed.fork("x_t").normal(B, 2, 3)
    x0_c, x0_u = two_batches(seed, 2, 3)
    for form in FORMS:
        cond, uncond = in_form(form, x_t, x0_c).float(), in_form(form, x_t, x0_u).float()
        x0 = submission.combine.guided_x0(x_t.float(), cond, uncond, 2.0, SIGNAL**2, form)
        expect_dtype(x0, torch.float32, CAST)
        near(x0, 2 * x0_c - x0_u, f"x0 from {form}", within=SINGLE)
    wide = submission.combine.guided_x0(x_t.float(), x0_c, x0_u, 2.0, SIGNAL**2, "x0")
    expect_dtype(wide, torch.float32, "It is the dtype of x_t that is returned, whatever predictions have.")
    loud, nearly = torch.full((1,), 1e4), exactly(1 - 1e-9)  # a prediction so large that little noise counts
    x0 = submission.combine.guided_x0(torch.ones(1), loud, loud, 2.0, nearly, "eps")
    hint = "A float64 schedule made float32 takes 1 - 1e-9 for 1. Cast the result, not the schedule."
    near(x0, exactly(1 - 1e4 * 1e-9**0.5), "x0 from eps at alpha_bar = 1 - 1e-9", hint, within=SINGLE)


@task("guided_x0")
def test_x0_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    x_t, (cond, uncond) = seed.fork("x_t").normal(B, 2), two_batches(seed, 2)
    for form in FORMS:
        after = submission.play(plays.after_guided_x0, x_t, cond, uncond, SIGNAL**2, form)
        close(after, [x_t, cond, uncond, SIGNAL**2], rtol=0, what="the arguments", hint=IN_PLACE)
