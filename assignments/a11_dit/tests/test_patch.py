"""Public checks of patches: numbered pixels, maps that are not square, and a convolution that is the same."""

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect_dtype, raises, task

from .near import near

PIXELS = torch.arange(32.0).reshape(1, 2, 4, 4)
TOKENS = exactly(
    *(0, 16, 1, 17, 4, 20, 5, 21),
    *(2, 18, 3, 19, 6, 22, 7, 23),
    *(8, 24, 9, 25, 12, 28, 13, 29),
    *(10, 26, 11, 27, 14, 30, 15, 31),
).reshape(1, 4, 8)
ORDER = (
    "Inside a token: rows of the patch, then columns, then channels. Tokens go along a row of patches first."
)


# -------------------- 1.1 patchify
@task("patchify", weight=2)
def test_pixels_of_two_channels(submission):
    """The handout's 32 numbered pixels, cut into patches of 2 x 2, are its four tokens"""
    close(submission.patch.patchify(PIXELS, 2), TOKENS.float(), rtol=0, what="the tokens", hint=ORDER)


@task("patchify", weight=2)
def test_tokens_become_pixels_again(submission):
    """Those four tokens, put together, are the 32 pixels in their order"""
    came = submission.patch.unpatchify(TOKENS, 2, 2, 2)
    close(came, PIXELS.double(), rtol=0, what="the pixels", hint=ORDER)


@task("patchify")
def test_maps_that_are_not_square(submission):
    """Maps of 2 x 3 patches: 4 x 6 pixels in one channel, and six tokens back to 4 x 6 pixels"""
    x = torch.arange(48.0).reshape(2, 1, 4, 6)
    first = exactly(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 12, 13, 18, 19, 14, 15, 20, 21, 16, 17, 22, 23)
    tokens = torch.stack([first, first + 24]).reshape(2, 6, 4)
    hint = "h and w are the numbers of patches in a column and in a row: nothing says that they are equal."
    close(submission.patch.patchify(x, 2), tokens.float(), rtol=0, what="the tokens", hint=hint)
    close(submission.patch.unpatchify(tokens, 2, 2, 3), x.double(), rtol=0, what="the pixels", hint=hint)


@task("patchify")
def test_smallest_and_largest_patch(submission):
    """Patches of one pixel, in int64, are the pixels; one patch of a whole map, in float16, is one token"""
    x = torch.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    pixels = submission.patch.patchify(x, 1)
    expect_dtype(pixels, torch.int64, "Patches are moved, not computed: the dtype stays.")
    close(pixels, x.flatten(2).mT, rtol=0, what="the tokens", hint=ORDER)
    whole = submission.patch.patchify(x.half(), 2)
    expect_dtype(whole, torch.float16, "Patches are moved, not computed: the dtype stays.")
    close(whole[1], exactly(12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23)[None], rtol=0, hint=ORDER)


@task("patchify")
def test_sizes_that_do_not_fit(submission):
    """Pixels left over raise ValueError; so do other numbers of tokens than h * w, and a k of 6 for p = 2"""
    hint = "Compare H and W with p, n with h * w, and k with p * p."
    for sides in ((4, 6), (6, 4)):
        with raises(ValueError, hint=hint):
            submission.patch.patchify(torch.ones(1, 1, *sides), 4)
    for tokens, p, h, w in ((torch.ones(1, 6, 4), 2, 2, 2), (torch.ones(1, 4, 6), 2, 2, 2)):
        with raises(ValueError, hint=hint):
            submission.patch.unpatchify(tokens, p, h, w)


@task("patchify", weight=2)
def test_convolution_is_linear(submission, seed):
    """A convolution with stride 2 and kernel 2 is a product of patches and linear_of_conv(weight)"""
    hint = "The weight is ordered (channel, row, column) for each output: bring it into the order of a token."
    counted = torch.arange(16.0).reshape(2, 2, 2, 2).double()
    rows = exactly(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15).reshape(2, 8)
    near(submission.patch.linear_of_conv(counted), rows, "the matrix of a numbered weight", hint)
    x, weight = seed.fork("x").normal(2, 2, 4, 6), seed.fork("weight").normal(3, 2, 2, 2)
    expected = F.conv2d(x, weight, stride=2).flatten(2).mT
    tokens = submission.patch.patchify(x, 2)
    near(tokens @ submission.patch.linear_of_conv(weight).T, expected, "patchify(x, 2) @ W.T", hint)
