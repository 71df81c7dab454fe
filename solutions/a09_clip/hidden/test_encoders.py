"""Hidden checks of pooling and of the two towers: fresh masks with gaps, loops over rows."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, expect_dtype, raises, task

from .. import plays
from ..tests.near import near
from .fresh import expect_alike


def rows(seed: Seed, b: int, l: int) -> tuple[Tensor, Tensor]:  # noqa: E741 (the letter of the shapes)
    """Return vectors of three numbers and a mask with gaps, no two rows alike, the last place seldom True."""
    mask = seed.fork("mask").uniform(b, l) < 0.4
    mask[torch.arange(b), torch.arange(b) % (l - 1)] = True
    mask[0] = True
    return seed.fork("h").normal(b, l, 3), mask


def last_and_mean(h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return both poolings, row by row."""
    kept = [
        [v for v, there in zip(row, marks, strict=True) if there] for row, marks in zip(h, mask, strict=True)
    ]
    return torch.stack([row[-1] for row in kept]), torch.stack([sum(row) / len(row) for row in kept])


# -------------------- 3.1 pooling
@task("pooling", gate=True)
def test_pooling_is_an_answer_at_all(submission, seed):
    """Fresh rows have a last vector, a mean, or an embedding that goes with them"""
    h, mask = rows(seed, 8, 5)
    last, mean = last_and_mean(h, mask)

    def towers() -> None:
        pictures, eye = seed.fork("pictures").normal(6, 3), torch.eye(3, dtype=torch.float64)
        numbers = torch.arange(6)
        image, _ = submission.play(
            plays.two_towers, pictures, pictures, [eye, eye], numbers, numbers[:, None] + 1
        )
        expect_alike(image, pictures / pictures.norm(dim=1, keepdim=True))

    any_of(
        lambda: expect_alike(submission.encoders.pool_last(h, mask), last),
        lambda: expect_alike(submission.encoders.pool_mean(h, mask), mean),
        towers,
    )


@task("pooling", weight=2)
def test_pooling_of_fresh_rows(submission, seed):
    """Fresh rows with gaps agree with loops over what the mask keeps

    Masks may have gaps: the last True is meant, not the sum of the mask less 1, and a mean counts True alone.
    """
    for b, l in ((5, 4), (3, 7), (1, 6)):  # noqa: E741
        h, mask = rows(seed.fork(f"{b}"), b, l)
        last, mean = last_and_mean(h, mask)
        near(submission.encoders.pool_last(h, mask), last, "the last vectors")
        near(submission.encoders.pool_mean(h, mask), mean, "the means")


@task("pooling")
def test_pooling_refuses_and_ignores(submission, seed):
    """One empty row among fresh ones raises ValueError; NaN in the padding does not matter; float32 stays

    A row without any True raises ValueError, NaN in the padding does not matter (0 times NaN is NaN), float32
    stays.
    """
    h, mask = rows(seed, 5, 6)
    last, mean = last_and_mean(h, mask)
    h = h.masked_fill(~mask[..., None], math.nan).float()
    near(submission.encoders.pool_last(h, mask), last, "the last vectors", within=1e-6)
    near(submission.encoders.pool_mean(h, mask), mean, "the means", within=1e-6)
    for pool in (submission.encoders.pool_last, submission.encoders.pool_mean):
        expect_dtype(pool(h, mask), torch.float32)
        empty = mask.clone()
        empty[seed.integer(0, 4)] = False
        with raises(ValueError):
            pool(h, empty)


@task("pooling", weight=2)
def test_towers_of_fresh_tables(submission, seed):
    """Fresh tables and projections: the last token that is not 0, projected, at unit length

    Tower, the vector of the last token that is not 0, projection, unit length: in this order.
    """
    pictures, words = seed.fork("pictures").normal(4, 5), seed.fork("words").normal(9, 3)
    projections = [seed.fork("image").normal(2, 5), seed.fork("text").normal(2, 3)]
    images = torch.tensor([3, 0, 2])
    tokens = torch.tensor([[4, 8, 1, 0, 0], [2, 5, 3, 7, 1], [6, 0, 0, 0, 0]])
    came = submission.play(plays.two_towers, pictures, words, projections, images, tokens)
    sums = torch.stack([words[row[row != 0]].sum(0) for row in tokens])
    expected = [pictures[images] @ projections[0].T, sums @ projections[1].T]
    expected = [one / one.square().sum(1, keepdim=True).sqrt() for one in expected]
    near(came[0], expected[0], "the images")
    near(came[1], expected[1], "the texts")
