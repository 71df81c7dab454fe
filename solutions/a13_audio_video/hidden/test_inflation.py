"""Hidden checks of inflation: fresh kernels, and fresh videos tap by tap."""

import torch
import torch.nn.functional as F

from autograder.checks import any_of, close, expect_dtype, raises, task
from autograder.nearness import near

from .. import plays
from ..tests.test_inflation import by_hand, drawn
from .fresh import expect_alike


# -------------------- 4.2 inflation
@task("inflation", gate=True)
def test_inflation_is_an_answer_at_all(submission, seed):
    """Fresh kernels go with the image's, or videos with their frames"""
    weight, weights = seed.fork("w").normal(3, 2, 3, 3), drawn(seed, 2, 3)
    x = seed.fork("x").normal(2, 2, 3, 4, 5)

    def kernels() -> None:
        came = submission.inflation.inflate_conv2d(weight, 3, "mean")
        expect_alike(came, torch.stack([weight] * 3, dim=2))

    any_of(kernels, lambda: expect_alike(submission.play(plays.pseudo3d, weights, x), by_hand(weights, x)))


@task("inflation", weight=2)
def test_fresh_kernels(submission, seed):
    """Fresh kernels, oblong ones too, in both modes and both dtypes

    "mean": copies divided by their number; "centre": the kernel in the middle frame, an odd number of frames.
    Time stands before rows and columns; try oblong kernels, both dtypes.
    """
    frames = seed.integer(1, 3) * 2 + 1
    for shape in ((2, 3, 1, 5), (4, 1, 3, 3)):
        weight = seed.fork(f"{shape}").normal(*shape)
        mean = submission.inflation.inflate_conv2d(weight, frames + 1, "mean")
        near(mean, torch.einsum("oihw,t->oithw", weight / (frames + 1), torch.ones(frames + 1).double()))
        middle = torch.eye(frames, dtype=torch.float64)[frames // 2]
        centre = submission.inflation.inflate_conv2d(weight.float(), frames, "centre")
        expect_dtype(centre, torch.float32)
        close(
            centre, torch.einsum("oihw,t->oithw", weight.float(), middle.float()), rtol=0, what="the kernel"
        )
        for mode, n in (("centre", frames + 1), ("Mean", frames)):
            with raises(ValueError):
                submission.inflation.inflate_conv2d(weight, n, mode)


@task("inflation", weight=3)
def test_fresh_videos(submission, seed):
    """Fresh videos of other sizes and kernels, and images

    Frames through `space`, then each pixel's row of frames through `time`; an image skips the second, a video
    of one frame does not.
    """
    for channels_in, channels_out, kernel, size in (
        (1, 2, 5, (2, 3, 6)),
        (3, 2, 1, (4, 2, 3)),
        (2, 2, 3, (5, 4, 2)),
    ):
        weights = drawn(seed.fork(f"{kernel}"), channels_in, channels_out, kernel)
        x = seed.fork("x").normal(3, channels_in, *size)
        near(submission.play(plays.pseudo3d, weights, x), by_hand(weights, x), "the video")
        image = submission.play(plays.pseudo3d, weights, x[:, :, 0])
        near(image, F.conv2d(x[:, :, 0], *weights[:2], padding=kernel // 2), "the images")
