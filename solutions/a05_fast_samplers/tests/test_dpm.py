"""Public checks of DPM-Solver++: worked steps, and chains on both lines whose every step is known."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import close, expect, raises, task

from .. import plays
from .near import IN_PLACE, LONG, exactly, expect_dtype, expect_no_trace, expect_told, near

AT, TO = (0.6, 0.8), (0.8, 0.6)  # alpha and sigma: alpha_bar goes from 0.36 to 0.64
H = math.log((0.8 / 0.6) / (0.6 / 0.8))  # 0.575364: lambda rises by this
LENGTH = (
    "h is the difference of ln(alpha / sigma), in natural logarithms, and positive: Level has half_log_snr."
)


# -------------------- 3.1 dpm_step
@task("dpm_step")
def test_first_order_step(submission):
    """From alpha^2 = 0.36 to 0.64 x = 6.8 with the image 10 steps to 8.6, as with DDIM"""
    x = submission.play(plays.dpm_step, exactly(6.8, -1), exactly(10, 2), AT, TO)
    near(x, exactly(8.6, 1.6 - 0.6 * 2.75), "x", LENGTH)  # in x = -1 the noise is -2.75


@task("dpm_step", weight=2)
def test_second_order_step(submission):
    """If the image one step earlier was 12 and that step half as long (r = 0.5), x is 7.9"""
    x = submission.play(plays.dpm_step, exactly(6.8), exactly(10), AT, TO, exactly(12), 0.5)
    hint = "The image moves from 12 to 10, and on to 10 + (10 - 12) / (2 r) = 8 in the middle of the step."
    near(x, exactly(7.9), "x", hint)


@task("dpm_step")
def test_ratio_of_steps(submission):
    """A long step before (r = 3) corrects little, a short one (r = 0.25) much"""
    for r in (0.25, 1.0, 3.0):
        x = submission.play(plays.dpm_step, exactly(6.8), exactly(10), AT, TO, exactly(12), r)
        hint = "r is h of the step before over h of this one: the correction is divided by 2 r."
        near(x, exactly(5.1 + 0.35 * (10 - 1 / r)), f"x at r = {r:g}", hint)  # 0.75 x, and 0.35 of the image


@task("dpm_step")
def test_step_to_a_clean_image(submission):
    """A step to sigma = 0 gives alpha times the image, of first order even when `before` is there"""
    for to in ((1.0, 0.0), (0.5, 0.0)):
        for before in ((), (exactly(12, 3), 0.5)):
            x = submission.play(plays.dpm_step, exactly(6.8, 1), exactly(10, -2), AT, to, *before)
            hint = "h is infinite there, so no ratio of steps makes sense."
            near(x, to[0] * exactly(10, -2), "x", hint)
    with raises(ValueError, hint="From a clean level no step begins."):
        submission.play(plays.dpm_step, exactly(1), exactly(1), (1.0, 0.0), TO)


@task("dpm_step")
def test_steps_on_other_lines(submission, seed):
    """The step is right where alpha is 1 and sigma any number, and from pure noise, where alpha is 0"""
    x, x0 = seed.fork("x").normal(3), seed.fork("x0").normal(3)
    for at, to in (((1.0, 5.0), (1.0, 2.0)), ((0.0, 1.0), (0.28, 0.96)), ((0.7, 1.4), (0.7, 0.35))):
        came = submission.play(plays.dpm_step, x, x0, at, to)
        eps = (x - at[0] * x0) / at[1]
        near(came, to[0] * x0 + to[1] * eps, f"x from {at} to {to}", LENGTH)


@task("dpm_step")
def test_no_change_needs_no_correction(submission, seed):
    """With `before` equal to the image any r gives the first-order step; dtype and arguments stay"""
    x, x0 = seed.fork("x").normal(2, 3).float(), seed.fork("x0").normal(2, 3).float()
    plain = submission.play(plays.dpm_step, x, x0, AT, TO)
    same = submission.play(plays.dpm_step, x, x0, AT, TO, x0, 0.4)
    close(same, plain, rtol=1e-5, atol=1e-6, what="x", hint="The correction is x0 - before over 2 r.")
    expect_dtype(plain, torch.float32, "Levels are Python numbers: they leave the images' dtype alone.")
    after = submission.play(plays.after_dpm_step, x, x0, x0)
    close(after, [x, x0, x0], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 3.2 dpm_sample
VP = ([0.28, 0.6, 0.8, 0.96, 1.0], [0.96, 0.8, 0.6, 0.28, 0.0])  # alphas and sigmas of five levels
SLOPE, SHIFT = exactly(0.3, -0.5, 0.8, 0.6), exactly(1, -2, 0.5, 0.25)


def by_hand(x: Tensor, alphas: list[float], sigmas: list[float], order: int) -> tuple[Tensor, list[Tensor]]:
    """Return x on the last level, and x on each level before, with weights of x and image for each step."""
    seen, images = [], []
    for i in range(len(sigmas) - 1):
        seen.append(x)
        images.append(SLOPE[i] * x + SHIFT[i])
        image, shrink = images[-1], sigmas[i + 1] / sigmas[i]
        if order == 2 and i > 0 and sigmas[i + 1] > 0:
            longs = [math.log(alphas[k + 1] * sigmas[k] / alphas[k] / sigmas[k + 1]) for k in (i - 1, i)]
            image = image + (image - images[-2]) * longs[1] / longs[0] / 2
        x = shrink * x + (alphas[i + 1] - shrink * alphas[i]) * image
    return x, seen


def sampled(
    submission: Any, x: Tensor, levels: tuple[list[float], list[float]], *order: int
) -> dict[str, Any]:
    """Return what dpm_sample makes of x."""
    return submission.play(plays.dpm_sample, SLOPE, SHIFT, x, *levels, *order)


@task("dpm_sample", weight=3)
def test_chain_of_second_order(submission):
    """On five levels down to a clean image x is that of 2M, first and last step of first order"""
    x = exactly(0, 1, -2)
    came = sampled(submission, x, VP)
    expected, seen = by_hand(x, *VP, 2)
    for i, call in enumerate(came["asked"][:4]):
        hint = "Keep the image as it was predicted, not as corrected, and the length of each step beside it."
        near(call["x"], seen[i], f"x on level {i}", hint, LONG)
    hint = "Into sigma = 0 there is no second order: dpm_step sees to that."
    near(came["result"], expected, "the image", hint, LONG)


@task("dpm_sample")
def test_chain_that_ends_with_noise(submission):
    """Where the last level is noisy the last step is of second order too"""
    x, levels = exactly(0, 1, -2), (VP[0][:4], VP[1][:4])
    came = sampled(submission, x, levels, 2)["result"]
    hint = "Only the step into sigma = 0 is of first order, not the last one whatever it is."
    near(came, by_hand(x, *levels, 2)[0], "x", hint, LONG)


@task("dpm_sample")
def test_chain_of_first_order_is_ddim(submission):
    """order = 1 gives DDIM's chain; 2 is the default; 3 raises ValueError"""
    x = exactly(0, 1, -2)
    came = sampled(submission, x, VP, 1)["result"]
    near(came, by_hand(x, *VP, 1)[0], "the image", "With order = 1 no step looks back.", LONG)
    near(sampled(submission, x, VP)["result"], by_hand(x, *VP, 2)[0], "the image by default", "", LONG)
    with raises(ValueError, hint="There are orders 1 and 2."):
        sampled(submission, x, VP, 3)


@task("dpm_sample")
def test_denoiser_is_told_places(submission, seed):
    """The denoiser is called once a step, with the places 0, 1, 2, 3, and nothing is recorded or changed"""
    x = seed.normal(2, 1, 3, 2)
    came = sampled(submission, x, VP)
    expect_told(
        came["asked"], "i", [0, 1, 2, 3], "One prediction a step: the one before is kept, not asked again."
    )
    expect_no_trace(came, x)
    once = sampled(submission, x.float(), VP)["result"]
    expect_dtype(once, torch.float32, "Levels are Python numbers: they leave the images' dtype alone.")


@task("dpm_sample")
def test_both_lines_give_the_same_images(submission):
    """On the line x = x_0 + sigma eps the same images come out as on that of alpha_bar"""
    alphas, sigmas = VP
    x = exactly(0, 1, -2)
    ratios = [sigma / alpha for alpha, sigma in zip(alphas, sigmas, strict=True)]
    scaled = SLOPE * exactly(*alphas[:4])  # the same image, seen in x / alpha
    given = (scaled, SHIFT, x / alphas[0], [1.0] * 5, ratios)
    came = submission.play(plays.dpm_sample, *given)["result"]
    hint = "Only alpha / sigma matters for h; x itself is longer by 1 / alpha."
    near(came, by_hand(x, *VP, 2)[0], "the image", hint, LONG)


@task("dpm_sample")
def test_two_levels_and_levels_that_do_not_rise(submission):
    """Two levels make one step; one level, equal levels and levels upwards raise ValueError"""
    x = exactly(2, -1)
    came = sampled(submission, x, ([0.6, 1.0], [0.8, 0.0]))["result"]
    near(came, SLOPE[0] * x + SHIFT[0], "the image of one step", "The first step is of first order.", LONG)
    for alphas, sigmas in (([0.6], [0.8]), ([0.6, 0.6], [0.8, 0.8]), ([0.28, 0.8, 0.6], [0.96, 0.6, 0.8])):
        with raises(
            ValueError, hint="half_log_snr must rise from each level to the next, and two are the least."
        ):
            sampled(submission, x, (alphas, sigmas))


@task("dpm_sample")
def test_chain_from_pure_noise(submission):
    """From alpha = 0 the first step is infinitely long in lambda, so the second looks back at nothing"""
    levels, x = ([0.0, 0.6, 0.96], [1.0, 0.8, 0.28]), exactly(0.5, -1)
    came = sampled(submission, x, levels)
    second = 0.8 * x + 0.6 * (SLOPE[0] * x + SHIFT[0])
    expect(came["result"].isfinite().all(), "x is not finite", "inf / h is inf, and dividing by it gives 0.")
    near(came["asked"][1]["x"], second, "x on the second level", LENGTH, LONG)
    image = SLOPE[1] * second + SHIFT[1]
    near(came["result"], 0.35 * second + (0.96 - 0.35 * 0.6) * image, "x", "r is infinite there.", LONG)
