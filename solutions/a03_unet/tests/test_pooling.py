"""Public checks of pooling by rearrangement: numbers that can be followed, and nothing lost."""

import math

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, raises, task

from .. import plays_model
from .near import near
from .parts import conv, expect_names, norm, weights

IMAGE = torch.arange(16, dtype=torch.float64).reshape(1, 1, 4, 4)


# -------------------- 3.1 rearrange_pool, rearrange_unpool, RearrangePoolBlock
@task("rearrange_pool")
def test_a_patch_becomes_four_channels(submission):
    """The patch 0 1 / 4 5 becomes channels 0, 1, 4, 5 of the first pixel: row by row"""
    came = submission.pooling.rearrange_pool(IMAGE)
    expected = exactly(0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15).reshape(1, 4, 2, 2)
    hint = "Split the sides by reshape, order the axes by permute, and only then join axes."
    near(came, expected, "the channels", hint)


@task("rearrange_pool")
def test_channels_of_a_channel_stay_together(submission):
    """Channel 0 becomes channels 0 to 3, and channel 1 channels 4 to 7"""
    came = submission.pooling.rearrange_pool(torch.cat([IMAGE, 100 + IMAGE], dim=1))
    expect(list(came.shape) == [1, 8, 2, 2], f"shape {tuple(came.shape)}; expected (1, 8, 2, 2)")
    close(
        (came > 50).double().mean((0, 2, 3)), exactly(0, 0, 0, 0, 1, 1, 1, 1), what="the share of channel 1"
    )


@task("rearrange_pool")
def test_unpool_undoes_pool(submission, seed):
    """Both ways round nothing changes, for patches of 2 × 2 and of 3 × 3"""
    for size in (2, 3):
        x = seed.fork("x").normal(2, 3, 2 * size, size)
        pooled = submission.pooling.rearrange_pool(x, size)
        close(submission.pooling.rearrange_unpool(pooled, size), x, rtol=0, what="unpool(pool(x))")
        x = seed.fork("y").normal(2, 2 * size**2, 2, 3)
        larger = submission.pooling.rearrange_unpool(x, size)
        close(submission.pooling.rearrange_pool(larger, size), x, rtol=0, what="pool(unpool(x))")


@task("rearrange_pool")
def test_max_pooling_is_one_thing_to_do_with_it(submission, seed):
    """The largest of each four channels is what max pooling keeps; here the other three are still there"""
    x = seed.normal(2, 3, 4, 6)
    came = submission.pooling.rearrange_pool(x)
    near(came.reshape(2, 3, 4, 2, 3).amax(2), F.max_pool2d(x, 2), "the largest of four")
    near(came.square().sum(), x.square().sum(), "the sum of squares")


@task("rearrange_pool")
def test_pool_refuses_what_does_not_divide(submission, seed):
    """An odd side, in the block too, or 6 channels for patches of four, raises ValueError"""
    for sides in ((3, 4), (4, 3)):
        with raises(ValueError, hint="Both sides must be multiples of size."):
            submission.pooling.rearrange_pool(torch.ones(1, 1, *sides))
    with raises(ValueError, hint="Each new pixel takes size × size channels."):
        submission.pooling.rearrange_unpool(torch.ones(1, 6, 2, 2))
    given = weights(seed, conv("conv", 4, 2, 3) | norm("norm", 2))
    with raises(ValueError, hint="The block cuts nothing off: rearrange_pool refuses what does not divide."):
        submission.play(plays_model.pool_block, [1, 2], given, torch.ones(1, 1, 5, 4).double())


@task("rearrange_pool")
def test_block_has_the_parts_it_should(submission, seed):
    """The block's parts are conv and norm, and its image is half as large"""
    shapes = conv("conv", 8, 3, 3) | norm("norm", 3)
    expect_names(submission.play(plays_model.fresh_pool_block, [2, 3]), shapes)
    came = submission.play(plays_model.pool_block, [2, 3, 3], weights(seed, shapes), seed.normal(1, 2, 4, 6))
    expect(list(came.shape) == [1, 3, 2, 3], f"shape {tuple(came.shape)}; expected (1, 3, 2, 3)")
    expect(
        came.min() > -0.17,
        "GELU is never below -0.17, so it does not come last",
        "rearrange, conv, norm, GELU.",
    )


@task("rearrange_pool")
def test_block_norms_and_bends_as_torch_does(submission):
    """At values of a hundredth the norm's eps, 1e-5 as torch has it, counts; its GELU is the exact one"""
    given = {
        name: torch.zeros(shape).double() for name, shape in (conv("conv", 4, 2, 3) | norm("norm", 2)).items()
    }
    given["conv.bias"], given["norm.weight"] = exactly(0.004, -0.004), exactly(4, 4)
    came = submission.play(plays_model.pool_block, [1, 2], given, torch.ones(1, 1, 2, 2).double())
    normed = 4 * given["conv.bias"] / math.sqrt(0.004**2 + 1e-5)
    expected = normed * (1 + torch.erf(normed / math.sqrt(2))) / 2
    hint = "nn.GroupNorm and F.gelu as they are: neither another eps nor an approximation."
    near(came, expected.reshape(1, 2, 1, 1), "the block's image", hint)
