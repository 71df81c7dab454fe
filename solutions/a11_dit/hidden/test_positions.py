"""Hidden checks of positions: fresh grids, number by number."""

import torch

from autograder.checks import close, expect_dtype, raises, task

from .. import plays
from ..tests.near import near
from .fresh import between, expect_alike, turned, waves


# -------------------- 2.1 sincos_2d
@task("sincos_2d", gate=True)
def test_waves_are_an_answer_at_all(submission, seed):
    """The waves of a fresh grid have the right ones' spread over tokens"""
    h, w = seed.integer(3, 5), seed.integer(6, 8)
    came, right = submission.positions.sincos_2d(h, w, 16), waves(h, w, 16)
    expect_alike(came.sort(dim=1).values, right.sort(dim=1).values, 0.8)


@task("sincos_2d", weight=2)
def test_waves_of_fresh_grids(submission, seed):
    """Fresh grids, wide and high, agree with plain sines and cosines

    The first half of the channels tells the column, the second the row, sines before cosines in each; the
    divisor of the frequencies is dim / 4. Try a grid that is not square.
    """
    for name, dim in (("a", 4), ("b", 12), ("c", 40)):
        h, w = seed.fork(name).integer(1, 9), seed.fork(f"{name}w").integer(2, 11)
        near(submission.positions.sincos_2d(h, w, dim), waves(h, w, dim), f"the waves of {h} x {w}")


@task("sincos_2d")
def test_waves_far_from_the_corner(submission, seed):
    """In a single row, or a single column, of 200 tokens, float64's digits are right to the end

    Try a single row and a single column of 200 tokens: angles in float64.
    """
    for h, w in ((1, 200), (200, 1)):
        near(submission.positions.sincos_2d(h, w, 8), waves(h, w, 8), f"the waves of {h} x {w}")
    with raises(ValueError):
        submission.positions.sincos_2d(3, 2, 4 * seed.integer(1, 9) + seed.fork("more").integer(1, 3))


# -------------------- 2.2 rope_2d
@task("rope_2d", gate=True)
def test_turning_is_an_answer_at_all(submission, seed):
    """Fresh channels, turned, go with the right ones, and so does what turning changes"""
    x = seed.normal(4, 3, 12, 16)
    came, right = submission.positions.rope_2d(x, 3, 4), turned(x, 3, 4, 100.0)
    expect_alike(came, right, 0.15)
    expect_alike(came - x, right - x, 0.15)


@task("rope_2d", weight=2)
def test_turns_of_fresh_tokens(submission, seed):
    """Fresh tokens on several grids, with and without batch and heads, agree with plain complex numbers

    The first half of the channels turns by the row, the second by the column; pairs are neighbours, and each
    half has d / 4 frequencies of its own, beginning at 1.
    """
    for h, w, shape, d in ((4, 1, (), 12), (2, 5, (2, 3), 8), (3, 2, (2,), 4)):
        x = seed.fork(f"{h}").normal(*shape, h * w, d)
        came = submission.play(plays.called, "positions", "rope_2d", [x, h, w])
        near(came["result"], turned(x, h, w, 100.0), f"the tokens of {h} x {w}")
        close(came["arguments"], [x], rtol=0, what="the arguments")


@task("rope_2d", weight=2)
def test_turns_with_fresh_bases(submission, seed):
    """A fresh base, in float64 far from the corner and in float32, agrees too

    Try another base, float64 far from the corner, and float32.
    """
    base = between(seed.fork("base"), 5, 2000)
    x = seed.fork("x").normal(40, 16)
    near(submission.positions.rope_2d(x, 1, 40, base), turned(x, 1, 40, base), "the tokens of a row")
    near(submission.positions.rope_2d(x, 40, 1, base), turned(x, 40, 1, base), "the tokens of a column")
    came = submission.positions.rope_2d(x.float(), 8, 5, base)
    expect_dtype(came, torch.float32)
    near(came, turned(x.float().double(), 8, 5, base), "the tokens in float32", within=1e-5)


@task("rope_2d")
def test_turning_refuses(submission, seed):
    """Fresh numbers of channels and of tokens that do not fit raise ValueError

    Numbers of channels and tokens that do not fit raise ValueError.
    """
    d = 4 * seed.integer(1, 5) + seed.fork("more").integer(1, 3)
    with raises(ValueError):
        submission.positions.rope_2d(torch.ones(6, d), 2, 3)
    for n in (5, 12):
        with raises(ValueError):
            submission.positions.rope_2d(torch.ones(2, n, 8), 2, 3)
