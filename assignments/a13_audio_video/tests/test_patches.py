"""Public checks of space-time patches: numbers of a small video, ways back, and a strided convolution."""

import torch
import torch.nn.functional as F

from autograder.checks import close, raises, task
from autograder.nearness import near, unchanged

from .. import plays

# -------------------- 6.1 space_time_patches
AXES = ("video", "token", "value")


@task("space_time_patches", weight=2)
def test_worked_tokens(submission):
    """0 to 31 as 2 x 4 x 4 in patches of 2 x 2 x 2: token 1 is 2, 3, 6, 7, 18, 19, 22, 23"""
    x = torch.arange(32.0).view(1, 1, 2, 4, 4)
    came = submission.play(plays.calling, "patches", "patchify", [x, (2, 2, 2)])
    expected = torch.tensor([0, 2, 8, 10])[:, None] + torch.tensor([0, 1, 4, 5, 16, 17, 20, 21])
    hint = "Tokens: frames, rows, columns. Inside: time, row, column."
    close(came["value"], expected.float()[None], rtol=0, what="the tokens", hint=hint, axes=AXES)
    unchanged(came["arguments"][0], x)


@task("space_time_patches", weight=2)
def test_patches_and_a_convolution(submission, seed):
    """A linear layer on patches is a strided convolution in space and time, with the channel last"""
    x, kernel = seed.fork("x").normal(2, 3, 4, 6, 4), seed.fork("w").normal(5, 3, 2, 3, 1)
    tokens = submission.patches.patchify(x, (2, 3, 1))
    came = tokens @ kernel.permute(2, 3, 4, 1, 0).reshape(18, 5)  # time, row, column, channel
    expected = F.conv3d(x, kernel, stride=(2, 3, 1)).flatten(2).mT
    near(came, expected, "the layer's result", "The channel comes last inside a token.")


@task("space_time_patches", weight=2)
def test_patches_and_back(submission, seed):
    """unpatchify undoes it, for clips with more columns than rows and one frame too"""
    for size, patch, layout in (
        ((2, 4, 4, 6), (2, 2, 3), (2, 2, 2)),
        ((3, 1, 2, 8), (1, 2, 2), (1, 1, 4)),
    ):
        x = seed.normal(2, *size)
        (f, h, w), (t, p, q) = layout, patch
        tokens = x.view(2, size[0], f, t, h, p, w, q).permute(0, 2, 4, 6, 3, 5, 7, 1).flatten(1, 3).flatten(2)
        came = submission.play(plays.calling, "patches", "unpatchify", [tokens, size, patch])
        hint = "Rows and columns of patches are size / patch: which is which?"
        close(came["value"], x, rtol=0, what="the video", hint=hint)
        unchanged(came["arguments"][0], tokens)


@task("space_time_patches")
def test_positions(submission):
    """positions(1, 2, 2) are (0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1): frame, row and column of patches"""
    for f, h, w in ((1, 2, 2), (2, 1, 3), (2, 3, 1)):
        expected = [[a, b, c] for a in range(f) for b in range(h) for c in range(w)]
        came = submission.patches.positions(f, h, w)
        axes = ("token", ("frame", "row", "column"))
        close(came, torch.tensor(expected), rtol=0, what="the positions", axes=axes)


@task("space_time_patches")
def test_patches_that_do_not_fill(submission, seed):
    """Frames, rows or columns that patches do not fill raise ValueError, there and back"""
    x = seed.normal(1, 1, 4, 4, 4)
    for patch in ((3, 2, 2), (2, 3, 2), (2, 2, 3)):
        with raises(ValueError):
            submission.patches.patchify(x, patch)
        with raises(ValueError):
            submission.patches.unpatchify(x.view(1, 8, 8), (1, 4, 4, 4), patch)
