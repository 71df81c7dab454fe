"""Public checks of clipping: gradients of two parameters, worked out, and those that must stay."""

import math

import torch

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import TORCHS, same_bits


def pair(first, second):
    """Return the gradients of a vector and of a matrix."""
    return [exactly(*first), exactly(*second)[None]]


ONE = "One norm over all gradients together: the root of the sum of all squares."


@task("clip_by_norm")
def test_three_and_four(submission):
    """Gradients (3, 0) and (4) have norm 5, and become (0.6, 0) and (0.8)"""
    came = submission.play(plays.clip, pair((3, 0), (4,)), 1.0)
    close(came["norm"], 5.0, rtol=1e-12, what="the norm", hint=f"{ONE} It is the one before clipping.")
    close(came["gradients"], pair((0.6, 0), (0.8,)), rtol=TORCHS, what="the gradients", hint=ONE)


@task("clip_by_norm")
def test_directions_are_kept(submission):
    """(3, 4) and (12), clipped to 2, keep their direction: all are multiplied by 2/13"""
    came = submission.play(plays.clip, pair((3, 4), (12,)), 2.0)
    expected = pair((6 / 13, 8 / 13), (24 / 13,))
    close(came["gradients"], expected, rtol=TORCHS, what="the gradients", hint=ONE)
    close(came["norm"], 13.0, rtol=1e-12, what="the norm", hint=f"{ONE} It is the one before clipping.")


@task("clip_by_norm")
def test_short_gradients_stay(submission):
    """Gradients that are not longer than max_norm stay as they are to the bit, and their norm is returned"""
    given = pair((0.3, 0.1), (-0.2,))
    came = submission.play(plays.clip, given, 1.0)
    close(came["norm"], math.sqrt(0.14), rtol=1e-12, what="the norm", hint=ONE)
    same_bits(came["gradients"], given, "the gradients", "Clipping shortens; it never makes longer.")
    came = submission.play(plays.clip, pair((0.9, 0), (0.6,)), 1.1)  # of norm 1.08, whose square is 1.17
    hint = "The norm is compared with max_norm, not its square."
    same_bits(came["gradients"], pair((0.9, 0), (0.6,)), "gradients of norm 1.08 for max_norm 1.1", hint)


@task("clip_by_norm")
def test_infinite_gradients_stay(submission):
    """With an infinite norm the gradients stay as they are, and the caller is told"""
    came = submission.play(plays.clip, pair((1, math.inf), (2,)), 1.5)
    expect(came["norm"] == math.inf, f"the norm is {came['norm']}; expected inf", ONE)
    hint = "1 / inf is 0, and 0 times inf is NaN: change nothing, so that the caller can skip the step."
    same_bits(came["gradients"], pair((1, math.inf), (2,)), "the gradients", hint)
    came = submission.play(plays.clip, pair((3, 4), (0,)), 2.5)  # and a finite one beside it
    close(came["gradients"], pair((1.5, 2), (0,)), rtol=TORCHS, what="finite gradients", hint=ONE)


@task("clip_by_norm")
def test_half_gradients_do_not_overflow(submission):
    """float16 gradients (300) and (400) have norm 500, though 300 squared is more than float16 holds"""
    came = submission.play(plays.clip, [torch.tensor([300.0]).half(), torch.tensor([[400.0]]).half()], 1.0)
    hint = "Squares are summed in float64: float16 ends at 65504."
    close(came["norm"], 500.0, rtol=1e-6, what="the norm", hint=hint)
    close([g.double() for g in came["gradients"]], pair((0.6,), (0.8,)), rtol=2e-3, what="the gradients")


@task("clip_by_norm")
def test_parameters_come_once(submission):
    """Parameters may come from an iterator, and some may have no gradient; without any, the norm is 0"""
    hint = "A generator is empty after one loop: collect the gradients in a list first."
    came = submission.play(plays.clip, [exactly(6), None, exactly(8)], 5.0, lazy=True)
    expect(came["gradients"][1] is None, "a parameter without a gradient was given one")
    close(came["gradients"][::2], [exactly(3), exactly(4)], rtol=TORCHS, what="the gradients", hint=hint)
    none = submission.play(plays.clip, [None, None], 1.0)
    close(none["norm"], 0.0, what="the norm without any gradient")
