"""Hidden checks of patches: fresh maps of other shapes, pixel by pixel."""

import torch
import torch.nn.functional as F

from autograder.checks import any_of, close, expect_dtype, raises, task

from .. import plays
from ..tests.near import near
from .fresh import expect_alike, pieces


# -------------------- 1.1 patchify
@task("patchify", gate=True)
def test_patches_are_an_answer_at_all(submission, seed):
    """Fresh pixels come back in other places, or patches as pixels, or a weight as a matrix"""
    x, weight = seed.fork("x").normal(2, 3, 6, 4), seed.fork("weight").normal(5, 3, 2, 2)
    tokens = pieces(x, 2)

    def sorted_alike(came: torch.Tensor) -> None:
        expect_alike(came.sort(dim=-1).values, tokens.sort(dim=-1).values, 0.8)

    any_of(
        lambda: sorted_alike(submission.patch.patchify(x, 2)),
        lambda: expect_alike(submission.patch.unpatchify(tokens, 2, 3, 2).mean((1, 2)), x.mean((1, 2))),
        lambda: expect_alike(submission.patch.linear_of_conv(weight).sum(1), weight.sum((1, 2, 3))),
    )


@task("patchify", weight=2)
def test_patches_of_fresh_maps(submission, seed):
    """Fresh maps, wide and high, patches of 1, 2 and 3 pixels: each number in its place, nothing changed

    Inside a token: row, column, channel, the channel last. Try maps that are not square and channels that
    differ.
    """
    for b, c, h, w, p in ((2, 3, 2, 4, 3), (3, 2, 3, 1, 2), (1, 4, 5, 2, 1)):
        x = seed.fork(f"{p}").normal(b, c, h * p, w * p)
        came = submission.play(plays.called, "patch", "patchify", [x, p])
        close(came["result"], pieces(x, p), rtol=0, what="the tokens")
        close(came["arguments"], [x], rtol=0, what="the arguments")


@task("patchify", weight=2)
def test_pixels_of_fresh_tokens(submission, seed):
    """Fresh tokens of float16 and int64, put together, and cut again here, are what they were

    Put tokens together and cut again: everything in its place, for float16 and int64 too.
    """
    for b, c, h, w, p, dtype in ((2, 3, 4, 2, 2, torch.float16), (1, 1, 2, 5, 3, torch.int64)):
        tokens = (100 * seed.fork(f"{p}").normal(b, h * w, p * p * c)).to(dtype)
        came = submission.patch.unpatchify(tokens, p, h, w)
        expect_dtype(came, dtype)
        close(list(came.shape), [b, c, h * p, w * p], rtol=0, what="the shape")
        close(pieces(came, p), tokens, rtol=0, what="the pixels, cut again")


@task("patchify")
def test_fresh_convolutions(submission, seed):
    """A fresh weight with kernel 3 becomes the matrix that does the same to patches

    The weight (d, c, p, p) becomes a matrix whose columns are in the order of patchify: row, column, channel.
    """
    x, weight = seed.fork("x").normal(2, 4, 6, 9), seed.fork("weight").normal(5, 4, 3, 3)
    came = submission.patch.linear_of_conv(weight)
    near(pieces(x, 3) @ came.T, F.conv2d(x, weight, stride=3).flatten(2).mT, "patches @ W.T")
    expect_dtype(submission.patch.linear_of_conv(weight.float()), torch.float32)


@task("patchify")
def test_patches_refuse(submission, seed):
    """Fresh sizes that do not fit raise ValueError

    Sides that the patch does not divide, and numbers of tokens that are no grid, raise ValueError.
    """
    p = seed.integer(2, 4)
    for h, w in ((2 * p + 1, p), (p, 3 * p - 1)):
        with raises(ValueError):
            submission.patch.patchify(torch.ones(2, 1, h, w), p)
    for n, k in ((5, p * p), (7, p * p), (6, p * p + 1)):
        with raises(ValueError):
            submission.patch.unpatchify(torch.ones(2, n, k), p, 2, 3)
