"""Public checks of inflation: kernels by hand, still videos, and a network that begins as the image's."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, raises, task
from autograder.nearness import near, near_single, unchanged

from .. import plays


# -------------------- 4.2 inflation
@task("inflation", weight=2)
def test_copies_over_their_number(submission, seed):
    """mode "mean": three copies of a third each, so that a still video gives what the image gives"""
    weight = seed.fork("w").normal(2, 3, 3, 1)
    for frames in (3, 4, 1):
        came = submission.play(plays.calling, "inflation", "inflate_conv2d", [weight, frames, "mean"])
        expected = torch.stack([weight / frames] * frames, dim=2)
        hint = "(o, i, t, h, w): time stands before rows and columns."
        close(came["value"], expected, rtol=1e-12, what=f"the kernel of {frames} frames", hint=hint)
        unchanged(came["arguments"][0], weight)
    image = seed.fork("image").normal(2, 3, 4, 4)
    kernel = submission.inflation.inflate_conv2d(weight, 3, "mean")
    still = F.conv3d(torch.stack([image] * 3, dim=2), kernel, padding=(0, 1, 0))[:, :, 0]
    near(still, F.conv2d(image, weight, padding=(1, 0)), "the still video")


@task("inflation", weight=2)
def test_kernel_in_the_middle(submission, seed):
    """mode "centre": of 3 and 5 frames the middle one is the image's kernel, whole, and the others are 0"""
    weight = seed.normal(2, 3, 1, 3, dtype=torch.float32)
    for frames in (1, 3, 5):
        came = submission.inflation.inflate_conv2d(weight, frames, "centre")
        expected = torch.zeros(2, 3, frames, 1, 3)
        expected[:, :, frames // 2] = weight
        close(came, expected, rtol=0, what=f"the kernel of {frames} frames", hint="frames // 2, not divided.")
        near_single(came, expected)


@task("inflation")
def test_inflation_refuses(submission, seed):
    """ "centre" with 2 or 4 frames, and another mode, raise ValueError"""
    weight = seed.normal(2, 2, 3, 3)
    for frames, mode in ((2, "centre"), (4, "centre"), (3, "median")):
        with raises(ValueError):
            submission.inflation.inflate_conv2d(weight, frames, mode)


def by_hand(weights: list[Tensor], x: Tensor) -> Tensor:
    """Return the convolution of each frame, then of each pixel's row of frames, tap by tap."""
    space, bias, time, after = weights
    frames = [F.conv2d(x[:, :, i], space, bias, padding=space.shape[2] // 2) for i in range(x.shape[2])]
    found, half = [], time.shape[2] // 2
    for i in range(len(frames)):
        y = after[:, None, None].expand_as(frames[0])
        for tap in range(time.shape[2]):
            if 0 <= i + tap - half < len(frames):
                y = y + torch.einsum("oc,bchw->bohw", time[:, :, tap], frames[i + tap - half])
        found.append(y)
    return torch.stack(found, dim=2)


def drawn(seed: Seed, channels_in: int, channels_out: int, kernel: int = 3) -> list[Tensor]:
    """Return weights and biases of both convolutions."""
    o, shapes = channels_out, ((channels_out, channels_in, kernel, kernel), (channels_out,))
    parts = (*shapes, (o, o, kernel), (o,))
    return [seed.fork(f"{i}").normal(*shape) for i, shape in enumerate(parts)]


@task("inflation", weight=2)
def test_new_pseudo_3d_convolution(submission, seed):
    """As it begins, with Dirac kernels in time, it is the image's convolution on every frame"""
    weights, x = drawn(seed, 2, 3)[:2], seed.fork("x").normal(2, 2, 4, 3, 5)
    came = submission.play(plays.pseudo3d, weights, x)
    expected = torch.stack([F.conv2d(x[:, :, i], *weights, padding=1) for i in range(4)], dim=2)
    near(came, expected, "the video", "(b f) c h w for the first: frames move beside the batch.")


@task("inflation", weight=2)
def test_trained_pseudo_3d_convolution(submission, seed):
    """With other weights: each frame by the first, then each pixel's frames by the second"""
    weights, x = drawn(seed, 2, 3), seed.fork("x").normal(2, 2, 4, 3, 5)
    came = submission.play(plays.pseudo3d, weights, x)
    near(came, by_hand(weights, x), "the video", "(b h w) c f for the second, and back.")
    single = submission.play(plays.pseudo3d, [one.float() for one in weights], x.float())
    near_single(single, by_hand(weights, x))


@task("inflation")
def test_images_skip_time(submission, seed):
    """Images (b, c, h, w) get the first convolution alone; a video of one frame gets both"""
    weights, x = drawn(seed, 2, 3), seed.fork("x").normal(2, 2, 3, 4)
    came = submission.play(plays.pseudo3d, weights, x)
    near(came, F.conv2d(x, *weights[:2], padding=1), "the images", "An image has no time: x.ndim is 4.")
    video = submission.play(plays.pseudo3d, weights, x[:, :, None])
    near(video, by_hand(weights, x[:, :, None]), "the video of one frame")
