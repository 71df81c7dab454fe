"""Hidden checks of space-time patches: fresh videos, token by token."""

import torch
from torch import Tensor

from autograder.checks import any_of, close, expect_dtype, raises, task
from autograder.nearness import unchanged

from .. import plays
from .fresh import expect_alike, not_the_input


def tokens_of(x: Tensor, patch: tuple[int, int, int]) -> Tensor:
    """Return the tokens of a video, cut out one by one."""
    (f, h, w), (t, p, q) = x.shape[2:], patch
    cut = [
        x[:, :, i : i + t, j : j + p, k : k + q].movedim(1, -1).flatten(1)
        for i in range(0, f, t)
        for j in range(0, h, p)
        for k in range(0, w, q)
    ]
    return torch.stack(cut, dim=1)


# -------------------- 6.1 space_time_patches
@task("space_time_patches", gate=True)
def test_patches_are_an_answer_at_all(submission, seed):
    """Tokens of fresh videos, or videos of tokens, or positions, hold what they should"""
    x, patch = seed.normal(2, 2, 4, 6, 8), (2, 3, 2)
    tokens = tokens_of(x, patch)

    def there() -> None:
        came = submission.patches.patchify(x, patch)
        expect_alike(came.flatten(1).sort().values, tokens.flatten(1).sort().values)
        expect_alike(came.mean(dim=2), tokens.mean(dim=2))

    def back() -> None:
        came = submission.patches.unpatchify(tokens, (2, 4, 6, 8), patch)
        not_the_input(came, tokens)
        expect_alike(came, x)

    def places() -> None:
        expected = torch.tensor([[a, b, c] for a in range(3) for b in range(4) for c in range(5)])
        expect_alike(submission.patches.positions(3, 4, 5), expected)

    any_of(there, back, places)


@task("space_time_patches", weight=3)
def test_fresh_videos(submission, seed):
    """Fresh sizes and patches, token by token, there and back, in both dtypes

    Tokens frame by frame, row by row, column by column; inside a token time, row, column, channel. Try sides
    that all differ, there and back.
    """
    for i in range(3):
        draw = seed.fork(f"{i}")
        t, p, q = patch = tuple(draw.fork(f"p{k}").integer(1, 3) for k in range(3))
        f, h, w = (draw.fork(f"n{k}").integer(1, 3) for k in range(3))
        x = draw.fork("x").normal(2, 1 + i, f * t, h * p, w * q, dtype=(torch.float64, torch.float32)[i % 2])
        tokens = tokens_of(x, patch)
        came = submission.play(plays.calling, "patches", "patchify", [x, patch])
        close(came["value"], tokens, rtol=0, what="the tokens", axes=("video", "token", "value"))
        unchanged(came["arguments"][0], x)
        back = submission.patches.unpatchify(tokens, tuple(x.shape[1:]), patch)
        close(back, x, rtol=0, what="the video")
        expect_dtype(back, x.dtype)
        expected = [[a, b, c] for a in range(f) for b in range(h) for c in range(w)]
        close(submission.patches.positions(f, h, w), torch.tensor(expected), rtol=0, what="the positions")
        with raises(ValueError):
            submission.patches.patchify(x, (t, p, w * q + 1))
        with raises(ValueError):
            submission.patches.unpatchify(tokens, tuple(x.shape[1:]), (f * t + 1, p, q))
