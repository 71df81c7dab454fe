"""Public checks of positions: the handout's waves and angles, and what depends on offsets alone."""

import math

import torch

from autograder.checks import close, exactly, expect_dtype, raises, task

from .. import plays
from .near import IN_PLACE, WORKED, near

ONE = exactly(0.8414710, 0.0998334, 0.0099998, 0.0010000, 0.5403023, 0.9950042, 0.9999500, 0.9999995)
NONE = exactly(0, 0, 0, 0, 1, 1, 1, 1)


# -------------------- 2.1 sincos_2d
@task("sincos_2d", weight=2)
def test_waves_of_neighbours(submission):
    """3 x 5 tokens, 16 channels: token 1 has the waves of 1 in its first half, token 5 in its second"""
    waves = submission.positions.sincos_2d(3, 5, 16)
    hint = (
        "Places are counted from 0, whatever the map's size. The first half tells the column, the second the "
        "row; in each half first all sines, then all cosines."
    )
    for token, expected in ((0, (NONE, NONE)), (1, (ONE, NONE)), (5, (NONE, ONE)), (6, (ONE, ONE))):
        near(waves[token], torch.cat(expected), f"token {token}", hint, WORKED)


@task("sincos_2d")
def test_waves_depend_on_offsets(submission):
    """The product of two tokens one row and two columns apart is 6.0989737; of a token with itself dim / 2"""
    waves = submission.positions.sincos_2d(3, 5, 16)
    products = waves @ waves.mT
    hint = "Sine and cosine of one angle make a pair: cos a cos b + sin a sin b = cos(a - b)."
    near(products.diagonal(), torch.full((15,), 8.0), "squared norms", hint)
    near(products[[0, 2, 5], [7, 9, 12]], exactly(*[6.0989737] * 3), "the products", hint, WORKED)


@task("sincos_2d")
def test_waves_of_far_tokens(submission):
    """Token (2, 31) of 3 x 32 with 8 channels: sines and cosines of 31, 0.31, 2 and 0.02, in float64"""
    waves = submission.positions.sincos_2d(3, 32, 8)
    angles = ((math.sin, 31), (math.sin, 0.31), (math.cos, 31), (math.cos, 0.31))
    angles += ((math.sin, 2), (math.sin, 0.02), (math.cos, 2), (math.cos, 0.02))
    hint = "dim / 4 frequencies, from 1 down by equal factors; the one that would come next is 1 / 10000."
    near(waves[2 * 32 + 31], exactly(*(wave(a) for wave, a in angles)), "token 95", hint)


@task("sincos_2d")
def test_waves_of_one_frequency(submission):
    """With 4 channels there is one frequency, 1; with 6 or 10, or 3, ValueError is raised"""
    waves = submission.positions.sincos_2d(2, 2, 4)
    s, c = math.sin(1), math.cos(1)
    expected = exactly(0, 1, 0, 1, s, c, 0, 1, 0, 1, s, c, s, c, s, c).reshape(4, 4)
    near(
        waves,
        expected,
        "the waves",
        "Sine and cosine of the column, then of the row, as whole numbers from 0.",
    )
    for dim in (3, 6, 10):
        with raises(ValueError, hint="Two axes, sine and cosine: the channels come in fours."):
            submission.positions.sincos_2d(2, 2, dim)


# -------------------- 2.2 rope_2d
@task("rope_2d", weight=2)
def test_turned_ones(submission):
    """Ones of 8 channels, base 64, at row 1, column 2 of 3 x 4 become -0.301169, 1.381773, 0.867523, ..."""
    came = submission.positions.rope_2d(torch.ones(12, 8, dtype=torch.float64), 3, 4, 64.0)
    row = exactly(-0.301169, 1.381773, 0.867523, 1.116872)  # angles 1 and 1/8
    column = exactly(-1.325444, 0.493151, 0.721508, 1.216316)  # angles 2 and 1/4
    hint = "Channels 0 and 1 are a pair, 2 and 3 the next. The first half turns by the row."
    near(came[6], torch.cat([row, column]), "token 6", hint, WORKED)


@task("rope_2d")
def test_turned_axes(submission):
    """At row 0, column 1 the fifth channel of (0, 0, 0, 0, 1, 0, 0, 0) becomes cos 1 and the sixth sin 1"""
    x = torch.zeros(2, 3, 4, 8, dtype=torch.float64)  # b heads n d
    x[..., 4] = 1
    came = submission.play(plays.called, "positions", "rope_2d", [x, 2, 2])
    expected = x.clone()
    expected[:, :, 1::2, 4], expected[:, :, 1::2, 5] = math.cos(1), math.sin(1)
    hint = "(u, v) becomes (u cos a - v sin a, u sin a + v cos a): counted from u to v."
    near(came["result"], expected, "the turned channels", hint)
    close(came["arguments"], [x], rtol=0, what="the arguments", hint=IN_PLACE)


@task("rope_2d")
def test_turning_keeps_the_first_token(submission, seed):
    """Token (0, 0) comes back to the last bit, and every token keeps its norm"""
    x = seed.normal(2, 6, 8)
    came = submission.positions.rope_2d(x, 3, 2)
    close(came[:, 0], x[:, 0], rtol=0, what="token (0, 0)", hint="Its angles are all 0.")
    near(came.norm(dim=2), x.norm(dim=2), "the norms", "Each pair is turned: u² + v² stays.")


@task("rope_2d")
def test_scores_depend_on_offsets(submission, seed):
    """One query and one key, at all places of 3 x 4: the score is that of their offset, at base 10000 too"""
    q, k = seed.fork("q").normal(8), seed.fork("k").normal(8)
    for options in ((10_000.0,), ()):
        queries = submission.positions.rope_2d(q.expand(12, 8).contiguous(), 3, 4, *options)
        keys = submission.positions.rope_2d(k.expand(12, 8).contiguous(), 3, 4, *options)
        scores = queries @ keys.mT
        hint = "Both halves turn by positions that count from the same corner."
        near(scores[[0, 1, 4], [5, 6, 9]], scores[[6] * 3, [11] * 3], "scores one down, one right", hint)
        slow = (0.1, 0.01)[len(options)]  # the second frequency of each half
        angle = exactly(1, slow, 2, 2 * slow)  # row 1, column 2
        u, v = q[::2], q[1::2]
        turned = torch.stack([u * angle.cos() - v * angle.sin(), u * angle.sin() + v * angle.cos()], dim=1)
        near(scores[6, 0], turned.flatten() @ k, "the score of (1, 2) with (0, 0)")


@task("rope_2d")
def test_angles_are_exact_far_away(submission):
    """On 32 x 32 tokens angles are right to float64's last digits; float32 channels stay float32"""
    x = torch.zeros(1024, 16, dtype=torch.float64)
    x[:, ::2] = 1
    came = submission.positions.rope_2d(x, 32, 32)
    angles = [31 * 100 ** (-i / 4) for i in range(4)]
    pairs = [wave(a) for a in angles for wave in (math.cos, math.sin)]
    near(came[1023], exactly(*pairs, *pairs), "token (31, 31)", "31 * 100^(-i / (d / 4)) for i = 0 to 3.")
    expect_dtype(submission.positions.rope_2d(x.float(), 32, 32), torch.float32)


@task("rope_2d")
def test_turning_refuses_what_does_not_fit(submission):
    """6 channels, or 6 tokens for 2 x 2, raise ValueError"""
    for n, d in ((4, 6), (6, 8)):
        with raises(ValueError, hint="Two axes of pairs: channels come in fours. And n = h * w."):
            submission.positions.rope_2d(torch.ones(n, d), 2, 2)
