"""Hidden checks of the sinusoidal embedding: fresh times, rotations, and many digits."""

import torch

from autograder.checks import close, expect_dtype, task

from ..tests.near import LONG, near
from . import functional
from .fresh import expect_in_step


@task("sinusoidal_embedding", gate=True)
def test_embedding_is_an_answer_at_all(submission, seed):
    """The waves go with the right ones at fresh times"""
    t = 500 * seed.uniform(20)
    expect_in_step(submission.embedding.sinusoidal_embedding(t, 16), functional.embedding(t, 16))


@task("sinusoidal_embedding", weight=2)
def test_embedding_is_exact(submission, seed):
    """Fresh times, whole or not, below zero too, give the waves of the formula, for several sizes

    Try times that are not whole or below 0, and several sizes: frequencies from 1 to 1 / max_period, both
    included, all sines first.
    """
    t = 1000 * seed.normal(6)
    for dim in (4, 10, 64):
        came = submission.embedding.sinusoidal_embedding(t, dim)
        near(came, functional.embedding(t, dim), f"dim = {dim}", within=LONG)


@task("sinusoidal_embedding")
def test_later_is_a_rotation(submission, seed):
    """A shift of time by d turns each pair by d times its frequency, wherever it starts

    A shift of time turns each pair of sine and cosine by its frequency times the shift: both halves must have
    the same frequencies in the same order.
    """
    t, d = 100 * seed.fork("t").uniform(5), 30 * seed.fork("d").uniform(1)
    before, turn = (submission.embedding.sinusoidal_embedding(times, 12) for times in (t, d))
    after = submission.embedding.sinusoidal_embedding(t + d, 12)
    (sin, cos), (s, c) = before.chunk(2, dim=1), turn.chunk(2, dim=1)
    expected = torch.cat([sin * c + cos * s, cos * c - sin * s], dim=1)
    near(after, expected, "the embedding of t + d", within=LONG)


@task("sinusoidal_embedding")
def test_angles_are_formed_in_float64(submission, seed):
    """Large whole steps, and float32 ones, lose no digits in their angles

    Try t = 100000 and float32 times: float32 angles lose digits, so multiply in float64.
    """
    t = 1_000_000 + (seed.uniform(8) * 1e6).long()
    for steps in (t, t.float()):
        came = submission.embedding.sinusoidal_embedding(steps, 8)
        expect_dtype(came, torch.float32)
        close(came, functional.embedding(t, 8), atol=1e-6, what="the embedding of a large step")
