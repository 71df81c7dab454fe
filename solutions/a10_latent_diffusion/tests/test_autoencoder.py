"""Public checks of the autoencoder: its law of latents, and its blocks."""

import math

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import EXACT, IN_PLACE, near
from .weights import drawn, residual_block


def moments_of(means: list[float], log_vars: list[float]) -> Tensor:
    """Return moments of one image with one pixel."""
    return exactly(*means, *log_vars).reshape(1, -1, 1, 1)


# -------------------- 1.1 diagonal_gaussian
@task("diagonal_gaussian")
def test_first_half_of_the_channels_are_means(submission, seed):
    """Of six channels the first three are means, and the mode is the mean"""
    moments = seed.normal(2, 6, 2, 3)
    came = submission.play(plays.gaussian, moments, torch.zeros(2, 3, 2, 3).double())
    hint = "chunk and split cut a tensor in pieces; images are axis 0, channels axis 1."
    near(came["mode"], moments[:, :3], "the mode", hint)
    near(came["sample"], moments[:, :3], "the sample for noise 0", hint)


@task("diagonal_gaussian", weight=2)
def test_sample_has_the_standard_deviation(submission):
    """With mean 3 and log-variance ln 4, noise of 1.5 becomes 3 + 2 * 1.5 = 6"""
    came = submission.play(plays.gaussian, moments_of([3], [math.log(4)]), exactly(1.5).reshape(1, 1, 1, 1))
    hint = "The encoder says log sigma^2, and noise is multiplied by sigma: exp of one half of it."
    near(came["sample"].flatten(), exactly(6), "the sample", hint)


@task("diagonal_gaussian", weight=2)
def test_kl_of_known_laws(submission):
    """N(2, 1) is 2 nats away from N(0, 1), N(0, e^2) is (e^2 - 3) / 2, and N(0, 1) is 0"""
    for mean, log_var, expected in ((2, 0, 2.0), (0, 2, (math.e**2 - 3) / 2), (0, 0, 0.0)):
        came = submission.play(plays.gaussian, moments_of([mean], [log_var]), exactly(0).reshape(1, 1, 1, 1))
        hint = "One half of mean^2 + variance - 1 - log-variance."
        near(came["kl"], exactly(expected), "the divergence", hint)


@task("diagonal_gaussian")
def test_kl_is_a_sum_for_each_image(submission, seed):
    """Two images with 12 components each, all N(2, 1) and all N(0, 1), are 24 and 0 nats away"""
    mean = exactly(2, 0).reshape(2, 1, 1, 1).expand(2, 3, 2, 2)
    came = submission.play(
        plays.gaussian, torch.cat([mean, torch.zeros_like(mean)], 1), seed.normal(2, 3, 2, 2)
    )
    hint = "Independent components add up; one number for each image, no mean over anything."
    near(came["kl"], exactly(24, 0), "the divergences", hint)


@task("diagonal_gaussian")
def test_log_variances_are_clipped(submission):
    """A log-variance of 100 counts as 20, and one of -100 as -30"""
    came = submission.play(plays.gaussian, moments_of([0, 0], [100, -100]), exactly(1, 1).reshape(1, 2, 1, 1))
    hint = "clamp the log-variance where you take the moments apart."
    expected = exactly(math.exp(10), math.exp(-15))
    close(came["sample"].flatten(), expected, rtol=EXACT, what="the samples for noise 1", hint=hint)
    kl = 0.5 * (math.exp(20) - 21 + math.exp(-30) + 29)
    near(came["kl"], exactly(kl), "the divergence", hint)


# -------------------- 1.2 blocks
@task("blocks", weight=2)
def test_residual_block_passes_its_input_on(submission, seed):
    """When the second convolution gives 0, what comes out is what went in, through `skip` if there is one"""
    x = seed.normal(2, 4, 3, 5)
    w = drawn(seed.fork("w"), residual_block(4, 4), ("conv2",))
    same = submission.play(plays.residual_block, 4, 4, 2, x, w)
    hint = "The result is a sum; what passes by is not normed and not activated."
    near(same, x, "the result for equal widths", hint)
    w = drawn(seed.fork("w"), residual_block(4, 6), ("conv2",))
    wider = submission.play(plays.residual_block, 4, 6, 2, x, w)
    expected = torch.einsum("oc,bchw->bohw", w["skip.weight"][:, :, 0, 0], x)
    expected = expected + w["skip.bias"][:, None, None]
    near(wider, expected, "the result of another width", hint)


@task("blocks")
def test_residual_block_forgets_the_scale_in_its_branch(submission, seed):
    """Three times the input changes only what passes by: the branch begins with a norm"""
    x = seed.normal(2, 4, 3, 5)
    w = drawn(seed.fork("w"), residual_block(4, 4))
    one, three = (submission.play(plays.residual_block, 4, 4, 2, factor * x, w) for factor in (1, 3))
    hint = "Norm, activation, convolution, in this order, twice."
    # the norm's eps of 1e-6 leaves a relative difference of that size
    close(three - 3 * x, one - x, rtol=1e-4, atol=1e-4, what="what the branch adds", hint=hint)
    expect((one - x).abs().max() > 0.1, "the branch adds nothing", hint)


@task("blocks")
def test_residual_block_of_two_values(submission):
    """With convolutions that change nothing, (1, -1) is normed to itself and silu(1), silu(-1) are added"""
    came = submission.play(plays.tidy_residual_block, exactly(1, -1).reshape(1, 2, 1, 1))
    added = exactly(1 / (1 + math.exp(-1)), -1 / (1 + math.exp(1)))  # silu after the second norm
    hint = "silu(norm(...)) twice: the second norm makes (1, -1) again of what the first silu left."
    # the norm's eps of 1e-6 stands beside variances of 1 and 0.25
    close(came.flatten(), exactly(1, -1) + added, rtol=1e-5, what="the result", hint=hint)


@task("blocks")
def test_downsample_pads_right_and_bottom(submission, seed):
    """A kernel that is 1 at its upper left corner takes every second pixel, beginning with the first"""
    x = seed.normal(2, 3, 5, 6)
    corner = torch.zeros(3, 3, 3, 3).double()
    corner[range(3), range(3), 0, 0] = 1.0
    came = submission.play(plays.downsample, corner, torch.zeros(3).double(), x)
    hint = (
        "F.pad takes left, right, top, bottom. Padding of 1 on all sides moves the picture by half a pixel."
    )
    expected = x[:, :, :4:2, ::2]  # five rows become two
    near(came, expected, "every second pixel", hint)


@task("blocks")
def test_odd_sizes_are_rounded_down(submission, seed):
    """A map of 5 x 7 becomes 2 x 3"""
    x, kernel = seed.normal(1, 1, 5, 7), seed.fork("kernel").normal(1, 1, 3, 3)
    came = submission.play(plays.downsample, kernel, exactly(0), x)
    hint = "One column and one row of padding. With padding on all sides it would be 3 x 4."
    expect(came.shape[2:] == (2, 3), f"5 x 7 became {tuple(came.shape[2:])}; expected 2 x 3", hint)


@task("blocks")
def test_downsample_pads_with_zeros(submission, seed):
    """A kernel that is 1 at its lower right corner looks two pixels ahead, and at zeros beyond"""
    x = seed.normal(1, 1, 4, 6)
    corner = torch.zeros(1, 1, 3, 3).double()
    corner[0, 0, 2, 2] = 1.0
    came = submission.play(plays.downsample, corner, exactly(0.5), x)
    expected = torch.full((1, 1, 2, 3), 0.5).double()
    expected[:, :, :1, :2] += x[:, :, 2::2, 2::2]
    near(came, expected, "two pixels ahead", "One row and one column of zeros, and the bias.")


@task("blocks")
def test_upsample_repeats(submission, seed):
    """A kernel that is 1 in its middle leaves squares of 2 x 2 equal values"""
    x = seed.normal(2, 2, 2, 3)
    middle = torch.zeros(2, 2, 3, 3).double()
    middle[range(2), range(2), 1, 1] = 1.0
    came = submission.play(plays.upsample, middle, torch.zeros(2).double(), x)
    expect(came.shape[2:] == (4, 6), f"2 x 3 became {tuple(came.shape[2:])}; expected 4 x 6")
    hint = "Repeat first, then convolve. F.interpolate has a mode that repeats."
    for i in range(4):
        for j in range(6):
            near(came[:, :, i, j], x[:, :, i // 2, j // 2], f"pixel {i}, {j}", hint)


@task("blocks")
def test_upsample_convolves_what_was_repeated(submission, seed):
    """A kernel that looks one pixel to the left moves the repeated picture by one pixel, half of a square"""
    x, left = seed.normal(1, 1, 2, 3), torch.zeros(1, 1, 3, 3).double()
    left[0, 0, 1, 0] = 1.0
    came = submission.play(plays.upsample, left, exactly(0), x)
    expected = torch.stack([0 * x[..., 0], *(x[..., j // 2] for j in range(5))], -1)[:, :, [0, 0, 1, 1]]
    hint = "Convolve last: it smooths the squares that repetition leaves."
    near(came, expected, "the moved picture", hint)


@task("diagonal_gaussian")
def test_law_leaves_its_input_alone(submission, seed):
    """Moments and noise are not changed, though log-variances are clipped"""
    moments, noise = 40 * seed.normal(1, 4, 2, 2), seed.fork("noise").normal(1, 2, 2, 2)
    came = submission.play(plays.gaussian, moments, noise)
    close(came["arguments"], [moments, noise], rtol=0, what="the arguments", hint=IN_PLACE)
