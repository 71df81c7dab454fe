"""Hidden checks of classifier-free guidance: fresh predictions, exact Gaussians, every form."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect_dtype, raises, task
from common.exact import gaussian_denoiser, gaussian_score

from ..tests.images import CAST, FORMS
from ..tests.near import HALF, LONG, near
from .fresh import between, expect_alike, mixed


# -------------------- 2.1 cfg_combine
@task("cfg_combine", gate=True)
def test_cfg_is_an_answer_at_all(submission, seed):
    """Guidance goes with both predictions"""
    cond, uncond = seed.fork("cond").normal(4, 3, 8, 8), seed.fork("uncond").normal(4, 3, 8, 8)
    guided = submission.combine.cfg_combine(cond, uncond, 2.0)
    expect_alike(guided, 2 * cond - uncond, 3 * cond - 2 * uncond, 2 * uncond - cond, 2 * cond + uncond)


@task("cfg_combine", weight=2)
@settings(max_examples=8)
@given(
    b=st.integers(1, 5),
    dims=st.lists(st.integers(1, 5), max_size=4),
    w=st.floats(-3, 60),
    n=st.integers(0, 10**6),
)
def test_cfg_is_a_line_through_both(submission, b, dims, w, n):
    """Guidance with any weight is w cond + (1 - w) uncond, for images of any shape

    uncond + w (cond - uncond): w = 1 is the conditional prediction. Try w below 0 and above 1.
    """
    cond, uncond = Seed(n).fork("cond").normal(b, *dims), Seed(n).fork("uncond").normal(b, *dims)
    guided = submission.combine.cfg_combine(cond, uncond, w)
    near(guided, w * cond + (1 - w) * uncond, "guidance", within=LONG)


@task("cfg_combine")
def test_cfg_takes_fresh_weights(submission, seed):
    """Each image has its own weight, also when there are as many images as rows and columns

    One weight for each image, of shape (b, 1, 1, 1): try as many images as rows and columns.
    """
    cond, uncond = seed.fork("cond").normal(4, 4, 4, 4), seed.fork("uncond").normal(4, 4, 4, 4)
    w = between(seed.fork("w"), -2, 9, 4)
    guided = submission.combine.cfg_combine(cond, uncond, w)
    near(guided, mixed(w, cond, 1 - w, uncond), "guidance", within=LONG)


@task("cfg_combine")
def test_cfg_in_half_precision(submission, seed):
    """Predictions in float16 stay float16, with one weight and with float64 weights

    float16 predictions stay float16, also with float64 weights, and these are not made float16.
    """
    cond, uncond = seed.fork("cond").normal(3, 2, 4), seed.fork("uncond").normal(3, 2, 4)
    for w in (1.5, exactly(1.5, 1.5, 1.5)):
        guided = submission.combine.cfg_combine(cond.half(), uncond.half(), w)
        expect_dtype(guided, torch.float16, CAST)
        near(guided, 1.5 * cond - 0.5 * uncond, "guidance", within=HALF)
    w = 120 + between(seed.fork("w"), 0.02, 0.04, 3)
    cond, uncond = (torch.full((3, 2), size).half() for size in (-119.0, -120.0))
    guided = submission.combine.cfg_combine(cond, uncond, w)
    near(guided, (w - 120)[:, None].expand(3, 2), "guidance with precise weights", within=HALF)


@task("cfg_combine", weight=2)
def test_conventions_are_inverse(submission, seed):
    """Converting there and back changes nothing, and the conventions differ by 1

    Convert there and back: the conventions differ by 1, in which direction?
    """
    w = seed.fork("w").integer(-30, 90) / 8  # a fraction that float64 holds exactly
    there = submission.combine.convert_weight(w, "course", "paper")
    near(there, w - 1, "course as paper")
    near(submission.combine.convert_weight(there, "paper", "course"), w, "and back")
    for name in ("course", "paper"):
        near(submission.combine.convert_weight(w, name, name), w, f"{name} as {name}")


@task("cfg_combine")
def test_conventions_refuse_typing_errors(submission):
    """ "Course", "" and "papr" raise ValueError on either side

    A word that is neither convention raises ValueError, "" and capital letters too, on either side.
    """
    for name in ("Course", "", "papr"):
        for source, target in ((name, "paper"), ("paper", name), (name, name)):
            with raises(ValueError):
                submission.combine.convert_weight(1.0, source, target)


# -------------------- 2.2 guided_x0
def exact_predictions(
    x_t: Tensor, alpha_bar: Tensor, mean: Tensor, variance: float
) -> tuple[dict[str, Tensor], Tensor]:
    """Return what perfect models of Gaussian images predict in each form, and the image that they see."""
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    score = gaussian_score(x_t, signal, noise, mean, variance)
    x0 = gaussian_denoiser(x_t, signal, noise, mean, variance)
    eps = mixed(-noise, score, 0 * noise, score)
    return {"eps": eps, "x0": x0, "v": mixed(signal, eps, -noise, x0), "score": score}, x0


@task("guided_x0", gate=True)
def test_guided_x0_is_an_answer_at_all(submission, seed):
    """The image goes with the guided prediction"""
    shape = (8, 2, 4, 8)
    x_t, cond, uncond = (seed.fork(name).normal(*shape) for name in ("x_t", "cond", "uncond"))
    a = torch.full((8,), 0.4, dtype=torch.float64)
    ways = [way * x_t + sign * g for g in (2 * cond - uncond, 3 * cond - 2 * uncond) for way, sign in
            ((0, 1), (0.7, 0.8), (0.7, -0.8), (1, -0.8), (1, 0.8), (0.4, -0.6))]  # fmt: skip
    for form in FORMS:
        expect_alike(submission.combine.guided_x0(x_t, cond, uncond, 2.0, a, form), *ways)


@task("guided_x0", weight=2)
def test_all_forms_give_the_same_image(submission, seed):
    """Perfect models of Gaussian images give the same guided image in every form

    Guide in the form that came in, then find x_0: the same for eps, v, x_0 and score of one model. From v:
    sqrt(alpha_bar) x_t - sqrt(1 - alpha_bar) v.
    """
    x_t, a = seed.fork("x_t").normal(4, 2, 3), between(seed.fork("a"), 0.05, 0.95, 4)
    w = between(seed.fork("w"), -1, 6, 4)
    cond, x0_c = exact_predictions(x_t, a, seed.fork("mean").normal(2, 3), 0.3)
    uncond, x0_u = exact_predictions(x_t, a, torch.zeros(2, 3), 1.4)
    for form in FORMS:
        x0 = submission.combine.guided_x0(x_t, cond[form], uncond[form], w, a, form)
        near(x0, mixed(w, x0_c, 1 - w, x0_u), f"x0 from {form}", within=LONG)


@task("guided_x0")
@settings(max_examples=8)
@given(
    b=st.integers(1, 5),
    dims=st.lists(st.integers(1, 5), max_size=4),
    form=st.sampled_from(FORMS),
    n=st.integers(0, 10**6),
)
def test_guided_x0_takes_any_shape(submission, b, dims, form, n):
    """The image has the shape of x_t, whatever it is, and is right in each form

    Coefficients need as many axes as the images have; each image has its own step.
    """
    seed = Seed(n)
    x_t, a = seed.fork("x_t").normal(b, *dims), between(seed.fork("a"), 0.1, 1, b)
    cond, uncond = seed.fork("cond").normal(b, *dims), seed.fork("uncond").normal(b, *dims)
    of_x, of_g = {
        "eps": (a**-0.5, -(((1 - a) / a).sqrt())),
        "x0": (0 * a, a**0),
        "v": (a.sqrt(), -((1 - a).sqrt())),
        "score": (a**-0.5, (1 - a) * a**-0.5),
    }[form]
    x0 = submission.combine.guided_x0(x_t, cond, uncond, 1.7, a, form)
    expected = mixed(of_x, x_t, of_g, 1.7 * cond - 0.7 * uncond)
    near(x0, expected, f"x0 from {form}", within=LONG)


@task("guided_x0", weight=2)
def test_guided_x0_at_the_ends(submission, seed):
    """Without any noise eps, score and v give x_t itself; without any signal v gives minus itself

    Try alpha_bar of 1 and of 0: which form divides by the signal, and which by nothing?
    """
    x_t, cond = seed.fork("x_t").normal(2, 3), seed.fork("cond").normal(2, 3)
    full, nothing = exactly(1, 1), exactly(0, 0)
    for form in ("eps", "score", "v"):
        x0 = submission.combine.guided_x0(x_t, cond, -cond, 1.0, full, form)
        near(x0, x_t, f"x0 from {form} at alpha_bar = 1")
    x0 = submission.combine.guided_x0(x_t, cond, -cond, 3.0, nothing, "v")
    near(x0, -5 * cond, "x0 from v at alpha_bar = 0")
    tiny = submission.combine.guided_x0(x_t, cond, -cond, 1.0, exactly(1e-12, 1e-12), "eps")
    close(tiny, 1e6 * (x_t - cond), rtol=LONG, atol=1e-3, what="x0 from eps at alpha_bar = 1e-12")


@task("guided_x0")
def test_guided_x0_refuses_what_has_no_answer(submission, seed):
    """Pure noise in the middle of a batch, and unknown forms, raise ValueError

    Where the signal is 0, eps and score say nothing of x_0: ValueError, also if a single image of the batch
    is there.
    """
    x_t, a = seed.fork("x_t").normal(3, 2), exactly(0.5, 0, 0.5)
    for form in ("eps", "score", "noise", "X0"):
        with raises(ValueError):
            submission.combine.guided_x0(x_t, x_t, x_t, 2.0, a, form)


@task("guided_x0")
def test_guided_x0_in_half_precision(submission, seed):
    """Images in float16 stay float16

    Work in the schedule's dtype and return that of the images.
    """
    x_t, cond, uncond = (seed.fork(name).normal(2, 4) for name in ("x_t", "cond", "uncond"))
    a = exactly(0.64, 0.36)
    for form, (of_x, of_g) in {
        "v": (exactly(0.8, 0.6), exactly(-0.6, -0.8)),
        "eps": (1 / exactly(0.8, 0.6), -exactly(0.75, 4 / 3)),
    }.items():
        x0 = submission.combine.guided_x0(x_t.half(), cond.half(), uncond.half(), 1.5, a, form)
        expect_dtype(x0, torch.float16, CAST)
        expected = mixed(of_x, x_t, of_g, 1.5 * cond - 0.5 * uncond)
        near(x0, expected, f"x0 from {form}", within=2 * HALF)
