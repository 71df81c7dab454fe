"""Hidden checks of pooling by rearrangement: torch's own, other patches, and the block as plain functions."""

import torch
import torch.nn.functional as F

from autograder.checks import close, expect, raises, task

from .. import plays_model
from ..tests.near import EXACT, near
from ..tests.parts import conv, norm, weights
from . import functional
from .fresh import expect_in_step


@task("rearrange_pool", gate=True)
def test_pool_is_an_answer_at_all(submission, seed):
    """Each new pixel is made of the patch at its place, on fresh input"""
    x = seed.normal(1, 2, 8, 8)
    came = submission.pooling.rearrange_pool(x)
    expect(came.shape == (1, 8, 4, 4), f"shape {tuple(came.shape)}; expected (1, 8, 4, 4)")
    expect_in_step(came.sum(1), F.avg_pool2d(x, 2).sum(1))


@task("rearrange_pool", weight=2)
def test_pool_and_unpool_equal_torchs(submission, seed):
    """They are pixel_unshuffle and pixel_shuffle, for patches of 1, 2 and 3, whatever the dtype

    Compare with pixel_unshuffle and pixel_shuffle for patches of 1, 2 and 3, int64 included: new channels are
    ordered (c p1 p2).
    """
    for size in (1, 2, 3):
        x = seed.fork(f"{size}").normal(2, 3, 4 * size, 2 * size).float()
        smaller = F.pixel_unshuffle(x, size)
        close(submission.pooling.rearrange_pool(x, size), smaller, rtol=0, what=f"pooled by {size}")
        close(submission.pooling.rearrange_unpool(smaller, size), x, rtol=0, what=f"unpooled by {size}")


@task("rearrange_pool")
def test_pool_refuses_whatever_does_not_divide(submission):
    """Sides of 4 × 6 have no patches of 4, and 12 channels do not make patches of 3 × 3

    Try sides and channels that do not divide: ValueError in both directions.
    """
    for sides in ((4, 6), (6, 4)):
        with raises(ValueError):
            submission.pooling.rearrange_pool(torch.ones(1, 1, *sides), 4)
    with raises(ValueError):
        submission.pooling.rearrange_unpool(torch.ones(1, 12, 2, 2), 3)


@task("rearrange_pool", weight=2)
def test_block_is_what_its_parts_make(submission, seed):
    """The block is rearrangement, convolution, group norm and GELU, on fresh weights

    Rearrangement, convolution, group norm and GELU, in this order.
    """
    for c_in, c_out, groups in ((2, 4, 2), (1, 3, 1)):
        given = weights(seed, conv("conv", 4 * c_in, c_out, 3) | norm("norm", c_out))
        x = seed.fork("x").normal(2, c_in, 6, 4)
        came = submission.play(plays_model.pool_block, [c_in, c_out, groups], given, x)
        expected = functional.pool_block(x, groups, given)
        near(came, expected, "the block's image", within=EXACT)
