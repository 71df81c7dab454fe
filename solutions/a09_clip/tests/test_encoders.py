"""Public checks of pooling and of the two towers: numbered vectors, masks with gaps, tables as towers."""

import math

import torch

from autograder.checks import exactly, expect_dtype, raises, task

from .. import plays
from .near import near

H = torch.arange(24, dtype=torch.float64).reshape(3, 4, 2)  # the vector at place p of row r is (8r + 2p, + 1)
MASKS = torch.tensor([[1, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0]]).bool()  # a prefix, one with gaps, one token
LENGTH = "Rows are of different lengths, and padding need not come last: ask the mask of each row."


# -------------------- 3.1 pooling
@task("pooling", weight=2)
def test_last_of_worked_rows(submission):
    """Rows with their last True at places 1, 3 and 0 give (2, 3), (14, 15) and (16, 17)"""
    came = submission.encoders.pool_last(H, MASKS)
    near(came, exactly(2, 3, 14, 15, 16, 17).reshape(3, 2), "the last vectors", LENGTH)
    near(submission.encoders.pool_last(H, torch.ones(3, 4).bool()), H[:, 3], "those of full rows", LENGTH)


@task("pooling")
def test_mean_of_worked_rows(submission):
    """Those rows have the means (1, 2), (12, 13) and (16, 17)"""
    came = submission.encoders.pool_mean(H, MASKS)
    hint = "Add up what the mask keeps, and divide by how many that are in this row."
    near(came, exactly(1, 2, 12, 13, 16, 17).reshape(3, 2), "the means", hint)


@task("pooling")
def test_padding_counts_for_nothing(submission):
    """What stands where the mask is False does not matter, not even NaN and infinity"""
    h = H.clone()
    h[~MASKS] = torch.tensor([math.nan, math.inf], dtype=torch.float64)
    hint = "NaN times 0 is NaN: masked_fill and torch.where replace it."
    near(
        submission.encoders.pool_mean(h, MASKS),
        exactly(1, 2, 12, 13, 16, 17).reshape(3, 2),
        "the means",
        hint,
    )
    near(submission.encoders.pool_last(h, MASKS)[1], exactly(14, 15), "the last vector", LENGTH)
    for pool in (submission.encoders.pool_mean, submission.encoders.pool_last):
        expect_dtype(pool(H.float(), MASKS), torch.float32, "The mask must not widen the vectors.")


@task("pooling")
def test_rows_without_a_token(submission):
    """A row that is False everywhere raises ValueError, in both functions, also among others"""
    empty = MASKS & torch.tensor([True, True, False])[:, None]
    for mask in (empty, torch.zeros(3, 4).bool()):
        with raises(ValueError, hint="argmax gives place 0 where there is no True: that is no answer."):
            submission.encoders.pool_last(H, mask)
        with raises(ValueError, hint="The mean of no vector is 0 / 0."):
            submission.encoders.pool_mean(H, mask)


@task("pooling", weight=2)
def test_two_towers_of_tables(submission):
    """Tower, last token, projection, unit length: (3, 4) becomes (0.6, 0.8), and the words 2, 1 (0.8, 0.6)"""
    pictures = exactly(3, 4, 0, -2).reshape(2, 2)
    words = exactly(9, 9, 0, 1, 2, 0.5, 0, -5).reshape(4, 2)  # of padding, and of three words
    turned = exactly(0, 1, 1, 0).reshape(2, 2)
    images, tokens = torch.tensor([0, 1, 0]), torch.tensor([[2, 1, 0], [3, 1, 1], [1, 0, 0]])
    eye = torch.eye(2, dtype=torch.float64)
    image, text = submission.play(plays.two_towers, pictures, words, [eye, eye], images, tokens)
    near(image, exactly(0.6, 0.8, 0, -1, 0.6, 0.8).reshape(3, 2), "the images", "Unit length comes last.")
    sums = exactly(0.8, 0.6, 0, -1, 0, 1).reshape(3, 2)  # (2, 1.5), (0, -3), (0, 1) at the last token
    near(text, sums, "the texts", "The last token is the last that is not 0, which is padding.")
    image, text = submission.play(plays.two_towers, pictures, words, [turned, 2 * turned], images, tokens)
    near(image, exactly(0.8, 0.6, -1, 0, 0.8, 0.6).reshape(3, 2), "the images, projected")
    near(text, sums.flip(1), "the texts, projected", "Each side has a projection of its own.")


@task("pooling")
def test_projection_comes_before_unit_length(submission):
    """A projection that doubles one axis turns (1, 1) to (2, 1) / sqrt 5, and the words' (1, 1) too"""
    ones, two = exactly(1, 1).reshape(1, 2), torch.diag(exactly(2, 1))
    words = torch.cat([0 * ones, ones])
    tokens = torch.tensor([[1, 1]])
    came = submission.play(plays.two_towers, ones, words, [two, two], torch.tensor([0]), tokens)
    expected = exactly(2, 1).reshape(1, 2) / math.sqrt(5)
    near(came, (expected, expected), "the embeddings: image and text", "A projection changes lengths.")
