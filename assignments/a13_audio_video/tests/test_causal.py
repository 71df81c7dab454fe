"""Public checks of causal convolutions: the first frame, the future, strides, and pieces of any length."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, expect, task
from autograder.nearness import near, near_single

from .. import plays


# -------------------- 6.3 causal_conv
def drawn(seed: Seed, frames: int = 3, size: int = 3, channels: int = 2) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution to three channels."""
    return seed.fork("w").normal(3, channels, frames, size, size), seed.fork("b").normal(3)


def frame_by_frame(weight: Tensor, bias: Tensor, x: Tensor, stride: int = 1) -> Tensor:
    """Return each frame's sum over itself and those before; before the first one stands the first."""
    k, around, results = weight.shape[2], weight.shape[3] // 2, []
    for i in range(0, x.shape[2], stride):
        y = bias[:, None, None]
        for tap in range(k):
            frame = x[:, :, max(i - (k - 1) + tap, 0)]
            y = y + F.conv2d(frame, weight[:, :, tap], padding=around)
        results.append(y)
    return torch.stack(results, dim=2)


@task("causal_conv", weight=2)
def test_frame_by_frame(submission, seed):
    """Each frame sees itself and the two before it, and before the first one stands the first, twice"""
    weight, bias = drawn(seed)
    x = seed.fork("x").normal(2, 2, 4, 3, 4)
    y, cache = submission.play(plays.causal, weight, bias, [x])[0]
    hint = "k - 1 copies of the first frame in front, and none behind; rows and columns pad themselves."
    near(y, frame_by_frame(weight, bias, x), "the result", hint)
    close(cache, x[:, :, 2:], rtol=0, what="the cache", hint="The last k - 1 frames of what was convolved.")


@task("causal_conv")
def test_future_stays_unseen(submission, seed):
    """Frames 3 and later may change: results 0 to 2 do not; and the first is that of the image alone"""
    weight, bias = drawn(seed)
    x = seed.fork("x").normal(2, 2, 5, 3, 3)
    other = torch.cat([x[:, :, :3], x[:, :, 3:] + 1], dim=2)
    whole, changed, image = (
        submission.play(plays.causal, weight, bias, [part])[0][0] for part in (x, other, x[:, :, :1])
    )
    near(changed[:, :, :3], whole[:, :, :3], "results 0 to 2", "Padding behind lets the future in.")
    near(whole[:, :, :1], image, "result 0")
    near(image[:, :, 0], F.conv2d(x[:, :, 0], weight.sum(dim=2), bias, padding=1), "the result of one frame")


@task("causal_conv", weight=2)
def test_pieces_are_the_whole(submission, seed):
    """Pieces of 1, 4, 2 and 2 frames, each with the cache before it, are the whole; no cache changes"""
    weight, bias = drawn(seed)
    x = seed.fork("x").normal(2, 2, 9, 3, 3)
    parts = list(x.split([1, 4, 2, 2], dim=2))
    came = submission.play(plays.causal, weight, bias, parts)
    hint = "After a piece of one frame the cache still holds two: it is cut from the padded input."
    near(torch.cat([y for y, _ in came], dim=2), frame_by_frame(weight, bias, x), "the pieces", hint)
    near(came[0][1], x[:, :, [0, 0]], "the cache after one frame", hint)
    near(came[1][1], x[:, :, 3:5], "the cache after five frames", hint)


@task("causal_conv", weight=2)
def test_streams(submission, seed):
    """stream yields each piece's result before it asks for the next piece"""
    weight, bias = drawn(seed)
    x = seed.fork("x").normal(2, 2, 7, 3, 3)
    came = submission.play(plays.stream, weight, bias, list(x.split([2, 1, 1, 3], dim=2)))
    near(torch.cat(came["results"], dim=2), frame_by_frame(weight, bias, x), "the pieces")
    expect(came["when"] == [1, 2, 3, 4], f"results come after {came['when']} pieces", "yield in the loop.")


@task("causal_conv")
def test_strides_and_kernels(submission, seed):
    """Stride 2 keeps frames 0, 2, 4: 5 become 3 and 4 become 2; a kernel of one frame has an empty cache"""
    for frames, stride, f in ((3, 2, 5), (3, 2, 4), (2, 3, 7), (1, 1, 3)):
        weight, bias = drawn(seed.fork(f"{f}"), frames, 1)
        x = seed.fork("x").normal(2, 2, f, 2, 3)
        y, cache = submission.play(plays.causal, weight, bias, [x], stride)[0]
        near(y, frame_by_frame(weight, bias, x, stride), f"the result of {f} frames at stride {stride}")
        expect(cache.shape[2] == frames - 1, f"a kernel of {frames} frames has a cache of {cache.shape[2]}")
    weight, bias = drawn(seed)
    x = seed.fork("x").normal(2, 2, 3, 3, 3)
    single = submission.play(plays.causal, weight.float(), bias.float(), [x.float()])[0][0]
    near_single(single, frame_by_frame(weight, bias, x))
