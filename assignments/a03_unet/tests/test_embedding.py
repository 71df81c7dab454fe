"""Public checks of the sinusoidal embedding: its ends, its length, and what a shift of time does."""

import math

import torch

from autograder.checks import close, exactly, expect_dtype, raises, task

from .near import LONG, SINGLE, near


# -------------------- 4.1 sinusoidal_embedding
@task("sinusoidal_embedding")
def test_embedding_of_zero(submission):
    """At t = 0 all sines, which come first, are 0, and all cosines are 1"""
    came = submission.embedding.sinusoidal_embedding(exactly(0), 6)
    hint = "sin first, then cos: Stable Diffusion has them the other way round."
    near(came, exactly(0, 0, 0, 1, 1, 1).reshape(1, 6), "the embedding of 0", hint)


@task("sinusoidal_embedding", weight=2)
def test_embedding_goes_from_1_to_max_period(submission):
    """The frequencies are 1, 1/100 and 1/10000 for dim = 6: both ends are there"""
    t = exactly(3, 50)
    came = submission.embedding.sinusoidal_embedding(t, 6)
    for i, frequency in enumerate((1, 1e-2, 1e-4)):
        hint = "The waves are of t times a frequency: from 1 to 1 / max_period by equal factors."
        close(came[:, i], (t * frequency).sin(), rtol=SINGLE, atol=1e-8, what=f"sine {i}", hint=hint)
        close(came[:, 3 + i], (t * frequency).cos(), rtol=SINGLE, atol=1e-8, what=f"cosine {i}", hint=hint)


@task("sinusoidal_embedding")
def test_embedding_has_length_root_of_half_dim(submission):
    """Each sine and its cosine have squares that add up to 1"""
    came = submission.embedding.sinusoidal_embedding(torch.linspace(0, 999, 11, dtype=torch.float64), 16)
    squares = came[:, :8].square() + came[:, 8:].square()
    near(squares, torch.ones(11, 8), "sin² + cos²", "Same angles in both halves.")


@task("sinusoidal_embedding")
def test_embedding_keeps_its_digits_at_large_times(submission):
    """At t = 999.5 the waves of frequency 1, 1/10, ..., 1/10000 have eight digits, as float64 angles give"""
    came = submission.embedding.sinusoidal_embedding(exactly(999.5), 10)
    angles = 999.5 / exactly(1, 10, 100, 1000, 10_000)
    hint = (
        "A float32 frequency has lost three digits at such a time: torch.arange of whole numbers, divided, "
        "is float32. Say dtype=torch.float64."
    )
    near(came, torch.cat([angles.sin(), angles.cos()])[None], "the embedding", hint, within=LONG)


@task("sinusoidal_embedding")
def test_embedding_uses_max_period(submission):
    """With max_period = 9 and dim = 4 the angles are t and t/9"""
    came = submission.embedding.sinusoidal_embedding(exactly(2), 4, max_period=9.0)
    expected = exactly(math.sin(2), math.sin(2 / 9), math.cos(2), math.cos(2 / 9))
    near(came, expected.reshape(1, 4), "the embedding of 2")


@task("sinusoidal_embedding")
def test_embedding_of_whole_steps(submission):
    """Integer steps give float32, float64 steps give float64"""
    for t, dtype in ((torch.tensor([1, 5]), torch.float32), (exactly(1, 5), torch.float64)):
        came = submission.embedding.sinusoidal_embedding(t, 4)
        expect_dtype(came, dtype)
        near(came[:, 0], exactly(1, 5).sin(), "the first sine")


@task("sinusoidal_embedding")
def test_embedding_needs_pairs(submission):
    """dim must be even and at least 4, else ValueError: one frequency alone cannot have two ends"""
    for dim in (2, 0, 5, 7):
        with raises(ValueError, hint="Check dim before anything else."):
            submission.embedding.sinusoidal_embedding(exactly(1), dim)
