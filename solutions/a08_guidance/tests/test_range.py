"""Public checks of what keeps guided images in range: worked examples, and what must not change."""

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays
from .images import CAST, IN_PLACE, by_image
from .near import HALF, SINGLE, near

ALONE = "Every image has its own number: flatten the axes behind the first, and work along the second."
TOGETHER = "All values of an image share one number, those of all channels and rows too."


# -------------------- 2.3 rescale_cfg
@task("rescale_cfg", weight=2)
def test_rescale_of_a_worked_example(submission):
    """Guided -4, 0, 4 next to 9, 10, 11 becomes -1, 0, 1 at phi = 1 and -1.9, 0, 1.9 at phi = 0.7"""
    guided, cond = exactly(-4, 0, 4)[None], exactly(9, 10, 11)[None]
    hint = "One deviation is 4 times the other: the factor is 1/4 at phi = 1, and 0.7 / 4 + 0.3 at phi = 0.7."
    full = submission.combine.rescale_cfg(guided, cond, 1.0)
    near(full, exactly(-1, 0, 1)[None], "at phi = 1", hint)
    part = submission.combine.rescale_cfg(guided, cond)
    near(part, exactly(-1.9, 0, 1.9)[None], "at phi = 0.7", hint)


@task("rescale_cfg", weight=2)
def test_rescale_takes_each_image_by_itself(submission, seed):
    """Each image gets the deviation of its own conditional prediction, whatever the others have"""
    cond = by_image(exactly(1, 10, 0.1), seed.fork("cond").normal(3, 2, 4, 5))
    guided = by_image(exactly(5, 2, 30), seed.fork("guided").normal(3, 2, 4, 5))
    rescaled = submission.combine.rescale_cfg(guided, cond, 1.0)
    for i in range(3):
        near(rescaled[i].std(), cond[i].std(), f"the deviation of image {i}", ALONE)


@task("rescale_cfg")
def test_rescale_keeps_the_colours(submission, seed):
    """All values of an image are scaled alike, those of channels with another contrast too"""
    guided = seed.fork("guided").normal(2, 3, 4, 4) * exactly(1, 5, 25).reshape(3, 1, 1)
    cond = seed.fork("cond").normal(2, 3, 4, 4)
    factor = submission.combine.rescale_cfg(guided, cond, 0.5) / guided
    for i in range(2):
        expected = factor[i, :1, :1, :1].expand(3, 4, 4)
        close(factor[i], expected, rtol=1e-10, what=f"the factor of image {i}", hint=TOGETHER)


@task("rescale_cfg")
def test_rescale_at_phi_zero(submission, seed):
    """phi = 0 changes nothing, and phi = 0.5 is half-way to phi = 1"""
    guided, cond = 3 * seed.fork("guided").normal(2, 6), seed.fork("cond").normal(2, 6)
    none, half, full = (submission.combine.rescale_cfg(guided, cond, phi) for phi in (0.0, 0.5, 1.0))
    hint = "phi mixes the factor with 1: phi = 0 must leave the factor 1."
    near(none, guided, "at phi = 0", hint)
    near(half, (none + full) / 2, "at phi = 0.5", hint)


@task("rescale_cfg")
def test_rescale_measures_about_the_mean(submission, seed):
    """A brighter conditional prediction changes nothing: a deviation is measured about the mean"""
    guided, cond = seed.fork("guided").normal(2, 8), seed.fork("cond").normal(2, 8)
    before = submission.combine.rescale_cfg(guided, cond)
    after = submission.combine.rescale_cfg(guided, cond + 100)
    close(after, before, rtol=1e-10, what="after adding 100", hint="Is it a norm that you take?")


@task("rescale_cfg")
def test_rescale_keeps_dtype_and_input(submission, seed):
    """Predictions in float32 stay float32, and no argument is changed"""
    guided, cond = 3 * seed.fork("guided").normal(2, 6), seed.fork("cond").normal(2, 6)
    rescaled = submission.combine.rescale_cfg(guided.float(), cond.float(), 1.0)
    expect_dtype(rescaled, torch.float32, CAST)
    ratio = cond.std(dim=1) / guided.std(dim=1)
    near(rescaled, by_image(ratio, guided), "at phi = 1", within=SINGLE)
    after = submission.play(plays.after_rescale_cfg, guided, cond)
    close(after, [guided, cond], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 2.4 dynamic_threshold
@task("dynamic_threshold")
def test_threshold_of_a_worked_example(submission):
    """The 75th percentile of |-4, 1, 2, 3, 0.5| is 3: the image becomes (-3, 1, 2, 3, 0.5) / 3"""
    x0 = submission.combine.dynamic_threshold(exactly(-4, 1, 2, 3, 0.5)[None], 0.75)
    hint = (
        "Sort the absolute values: 0.5, 1, 2, 3, 4. The one at 3/4 of the way is s. Clip at s, divide by s."
    )
    near(x0, exactly(-1, 1 / 3, 2 / 3, 1, 1 / 6)[None], "x0", hint)


@task("dynamic_threshold")
def test_threshold_interpolates(submission):
    """The 90th percentile of 0.5, 1, 2, 3, 4 lies 6/10 of the way from 3 to 4"""
    x0 = submission.combine.dynamic_threshold(exactly(-4, 1, 2, 3, 0.5)[None], 0.9)
    hint = "0.9 of the way along 4 gaps is 3.6: between the values of rank 3 and rank 4, counted from 0."
    near(x0, exactly(-3.6, 1, 2, 3, 0.5)[None] / 3.6, "x0", hint)


@task("dynamic_threshold", weight=2)
def test_threshold_leaves_images_in_range_alone(submission, seed):
    """An image within [-1, 1] is returned as it is: s is at least 1"""
    dark = 0.4 * (2 * seed.fork("dark").uniform(1, 3, 8, 8) - 1)
    hint = "Without max(s, 1) dark images are stretched to full contrast at every step."
    near(submission.combine.dynamic_threshold(dark), dark, "the dark image", hint)


@task("dynamic_threshold", weight=2)
def test_threshold_takes_each_image_by_itself(submission, seed):
    """Each image has its own s, taken from all its channels together"""
    contrast = exactly(1, 2, 6).reshape(3, 1, 1)  # of the channels
    x0 = by_image(exactly(0.1, 1, 8), contrast * seed.fork("x0").normal(3, 3, 16, 16))
    x0[1] += 2  # brighter than dark: only the absolute value sees both sides
    thresholded = submission.combine.dynamic_threshold(x0, 0.95)
    for i in range(3):
        s = torch.quantile(x0[i].abs(), 0.95).clamp(min=1)
        expected = torch.minimum(torch.maximum(x0[i], -s), s) / s
        near(thresholded[i], expected, f"image {i}", f"{ALONE} {TOGETHER}")


@task("dynamic_threshold")
def test_threshold_at_the_default_percentile(submission, seed):
    """By default s is the 99.5th percentile, and nothing leaves [-1, 1]"""
    x0 = 4 * seed.fork("x0").normal(2, 3, 16, 16)
    thresholded = submission.combine.dynamic_threshold(x0)
    outside = thresholded.abs().max().item()
    hint = "Clip at s before you divide by s: then the largest value is exactly 1."
    expect(outside <= 1, f"a value of {outside:.4g} is outside [-1, 1]", hint)
    s = torch.quantile(x0[1].abs(), 0.995)
    middle = x0[1].flatten().abs().sort().indices[384]  # of 768: far from being clipped
    value = thresholded[1].flatten()[middle]
    near(value, x0[1].flatten()[middle] / s, "a value in the middle", hint)


@task("dynamic_threshold")
def test_threshold_at_the_maximum(submission):
    """At percentile 1 nothing is clipped: the image is divided by its largest value"""
    x0 = exactly(-4, 1, 2, 3, 0.5, -8)[None]
    thresholded = submission.combine.dynamic_threshold(x0, 1.0)
    hint = "The last value has no right neighbour to interpolate with."
    near(thresholded, x0 / 8, "x0", hint)


@task("dynamic_threshold")
def test_threshold_keeps_dtype_and_input(submission, seed):
    """Images in float16 and float32 stay what they are, and the argument is not changed"""
    x0 = 3 * seed.normal(2, 1, 6, 6)
    s = torch.quantile(x0.flatten(1).abs(), 0.995, dim=1)
    expected = by_image(1 / s, x0).clamp(-1, 1)
    for dtype, within in ((torch.float32, SINGLE), (torch.float16, HALF)):
        thresholded = submission.combine.dynamic_threshold(x0.to(dtype))
        expect_dtype(thresholded, dtype, CAST)
        near(thresholded, expected, f"x0 in {dtype}", within=within)
    after = submission.play(plays.after_dynamic_threshold, x0)
    close(after, x0, rtol=0, what="the argument", hint=IN_PLACE)
