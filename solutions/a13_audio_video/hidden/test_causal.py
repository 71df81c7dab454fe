"""Hidden checks of causal convolutions: fresh kernels, strides and pieces, frame by frame."""

import torch

from autograder.checks import close, expect, task
from autograder.nearness import near

from .. import plays
from ..tests.test_causal import drawn, frame_by_frame
from .fresh import expect_alike, not_the_input


# -------------------- 6.3 causal_conv
@task("causal_conv", gate=True)
def test_causal_conv_is_an_answer_at_all(submission, seed):
    """Results of a fresh video go with its frames"""
    weight, bias = drawn(seed)
    x = seed.fork("x").normal(2, 2, 6, 4, 4)
    came = submission.play(plays.causal, weight, bias, [x])[0][0]
    not_the_input(came, x)
    expect_alike(came[:, :, 2:], frame_by_frame(weight, bias, x)[:, :, 2:])


@task("causal_conv", weight=3)
def test_fresh_pieces(submission, seed):
    """Fresh kernels and pieces, alone and streamed, with the caches between them

    In front stands the first frame, kernel - 1 times, or the cache; the next cache is the last kernel - 1
    frames of that padded input, also after a piece of one frame.
    """
    for frames, size in ((4, 3), (2, 1), (1, 3)):
        draw = seed.fork(f"{frames}")
        weight, bias = drawn(draw, frames, size, 1)
        lengths = [draw.fork(f"{i}").integer(1, 3) for i in range(4)]
        x = draw.fork("x").normal(2, 1, sum(lengths), 2, 3)
        parts, expected = list(x.split(lengths, dim=2)), frame_by_frame(weight, bias, x)
        came = submission.play(plays.causal, weight, bias, parts)
        near(torch.cat([y for y, _ in came], dim=2), expected, f"pieces of {lengths} frames")
        padded = torch.cat([x[:, :, :1]] * (frames - 1) + [x], dim=2)
        at = 0
        for n, (_, cache) in zip(lengths, came, strict=True):
            at += n
            close(cache, padded[:, :, at : at + frames - 1], rtol=0, what=f"the cache after {at} frames")
        streamed = submission.play(plays.stream, weight, bias, parts)
        near(torch.cat(streamed["results"], dim=2), expected, f"streamed pieces of {lengths} frames")
        expect(streamed["when"] == [1, 2, 3, 4], f"results come after {streamed['when']} pieces")


@task("causal_conv", weight=2)
def test_fresh_strides(submission, seed):
    """Fresh strides: frames 0, s, 2s, ... remain

    With stride s frames 0, s, 2s, ... remain, behind kernel - 1 copies of the first frame.
    """
    for stride in (2, 3):
        f = seed.fork(f"{stride}").integer(1, 9)
        weight, bias = drawn(seed, 2 + stride, 3, 1)
        x = seed.fork("x").normal(2, 1, f, 3, 2)
        y, cache = submission.play(plays.causal, weight, bias, [x], stride)[0]
        near(y, frame_by_frame(weight, bias, x, stride), f"the result of {f} frames at stride {stride}")
        padded = torch.cat([x[:, :, :1]] * (1 + stride) + [x], dim=2)
        close(cache, padded[:, :, f:], rtol=0, what="the cache")
