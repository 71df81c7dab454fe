"""Hidden checks of accumulation: fresh weights, rows and cuts against the big batch."""

import torch

from autograder.checks import Seed, exactly, expect, raises, task

from .. import plays_batches
from ..tests.near import SINGLE, near
from ..tests.test_accumulate import big_batch


def fresh(seed: Seed, n: int) -> tuple:
    """Return weights and n rows; each counts once, twice or not at all, and the first counts."""
    first, second = seed.fork("first").normal(4, 6), seed.fork("second").normal(6, 2)
    counts = (3 * seed.fork("counts").uniform(n)).floor()
    counts[0] = 2
    return (first, second), (seed.fork("x").normal(n, 4), seed.fork("y").normal(n, 2), counts)


def cut(seed: Seed, n: int) -> list[int]:
    """Return sizes of three batches that have n rows together."""
    a = seed.fork("a").integer(1, n - 4)
    b = seed.fork("b").integer(1, n - a - 1)
    return [a, b, n - a - b]


@task("accumulate", gate=True)
def test_gradient_goes_with_the_right_one(submission, seed):
    """The gradient has about the direction of the right one, and the loss is not next to nothing"""
    weights, rows = fresh(seed, 40)
    came = submission.play(plays_batches.accumulate, *weights, rows, [20, 20])
    loss, gradients = big_batch(*weights, rows)
    flat = [torch.cat([g.flatten().double() for g in one]) for one in (came["gradients"], gradients)]
    along = torch.nn.functional.cosine_similarity(*flat, dim=0)
    expect(along > 0.3 and came["loss"] > 0.02 * loss, "neither gradient nor loss is like the right one")


@task("accumulate", weight=2)
def test_fresh_cuts(submission, seed):
    """Fresh rows that count 0, 1 or 2 times, in fresh batches, give the big batch's loss and gradient

    Each batch's loss is a sum over its rows; divide by what counts in all batches, not by the number of
    batches.
    """
    for i in range(2):
        draw = seed.fork(str(i))
        weights, rows = fresh(draw, 21)
        loss, gradients = big_batch(*weights, rows)
        came = submission.play(plays_batches.accumulate, *weights, rows, cut(draw, 21), lazy=True)
        near(came["loss"], loss, "the mean loss")
        near(came["gradients"], gradients, "the gradients")


@task("accumulate")
def test_fresh_rows_in_float32(submission, seed):
    """float32 weights and rows have float32 gradients; gradients of before do not count here either

    Gradients from before do not count, and gradients keep their weights' dtype.
    """
    weights, rows = fresh(seed, 12)
    weights, rows = tuple(w.float() for w in weights), tuple(part.float() for part in rows)
    came = submission.play(plays_batches.accumulate, *weights, rows, [3, 9], left=-1.0)
    wide = big_batch(*(w.double() for w in weights), [part.double() for part in rows])
    expect(all(g.dtype == torch.float32 for g in came["gradients"]), "the gradients are not float32")
    near([g.double() for g in came["gradients"]], wide[1], "the gradients", within=10 * SINGLE)
    near(came["loss"], wide[0], "the mean loss", within=SINGLE)
    near(came["idle"].double(), exactly(0, 0), "the gradient of a parameter that nothing uses")


@task("accumulate")
def test_fresh_empty_batches(submission, seed):
    """The first, a middle and the last batch may be empty

    Try batches in which nothing counts, first, last and in the middle: their sum may have no graph, so no
    backward on it.
    """
    weights, (x, y, counts) = fresh(seed, 20)
    counts = 1 + 0 * counts
    for empty in ((0,), (1, 3), (3,)):
        kept = counts.clone()
        for place in empty:
            kept[5 * place : 5 * place + 5] = 0
        rows = (x, y, kept)
        came = submission.play(plays_batches.accumulate, *weights, rows, [5] * 4)
        loss, gradients = big_batch(*weights, rows)
        near(came["loss"], loss, f"the mean loss with empty batches {empty}")
        near(came["gradients"], gradients, f"the gradients with empty batches {empty}")
    with raises(ValueError, "All counts are 0: there is no mean."):
        submission.play(plays_batches.accumulate, *weights, (x, y, 0 * counts), [20], lazy=True)
