"""Hidden checks of the text encoder: fresh texts, worked out one by one without padding."""

import torch

from autograder.checks import Seed, any_of, close, expect, expect_dtype, task

from .. import plays_attention as plays
from ..tests.near import LONG, near
from ..tests.weights import drawn, text_encoder
from .gates import expect_alike
from .plain import encoded


def some_texts(seed: Seed, lengths: tuple[int, ...], longest: int, words: int = 20) -> torch.Tensor:
    """Return texts of these lengths, START first, filled up with padding."""
    tokens = torch.zeros(len(lengths), longest, dtype=torch.long)
    for i, length in enumerate(lengths):
        tokens[i, :length] = 2 + ((words - 2) * seed.fork(f"{i}").uniform(length)).long()
        tokens[i, 0] = 1
    return tokens


@task("text_encoder", gate=True)
def test_encoder_is_an_answer_at_all(submission, seed):
    """The mask goes with the length of a text, or vectors with those of its words"""
    tokens = some_texts(seed, (5, 2), 6)
    length = seed.fork("length").integer(1, 5)
    w = drawn(seed.fork("w"), text_encoder(0))

    def vectors() -> None:
        came = submission.play(plays.text_encoder, [tokens], 0, w)["contexts"][0][0, :5]
        words = w["embedding.weight"][tokens[0, :5]] + w["positions"][:5]
        normed = torch.nn.functional.layer_norm(words, (8,)) * w["norm.weight"] + w["norm.bias"]
        expect_alike(came, normed, 0.3)

    def mask() -> None:
        row = submission.text.padding_mask(some_texts(seed, (length,), 6))
        expect_dtype(row, torch.bool)
        expect(row.sum() in (length, 6 - length), "the mask does not go with the text")

    any_of(vectors, mask)


@task("text_encoder", weight=2)
def test_encoder_is_exact(submission, seed):
    """Every text of a batch has the vectors that it has alone and without padding, for 1 to 3 layers

    A text must have the same vectors alone and in a batch: the padding may neither be seen nor change
    positions. Try 1 to 3 layers.
    """
    for depth, lengths, longest in ((1, (4, 1, 6), 7), (3, (9, 2), 9), (2, (3,), 3)):
        tokens = some_texts(seed.fork(f"{depth}"), lengths, longest)
        w = drawn(seed.fork(f"w{depth}"), text_encoder(depth))
        came = submission.play(plays.text_encoder, [tokens], depth, w)
        close(came["masks"][0], tokens != 0, what="the mask")
        for i, length in enumerate(lengths):
            expected = encoded(w, tokens[i, :length], depth)
            near(came["contexts"][0][i, :length], expected, f"the vectors of text {i}", within=LONG)
    close(came["tokens"][0], tokens, what="the tokens afterwards")


@task("text_encoder")
def test_mask_is_exact(submission, seed):
    """Fresh texts of all lengths, also without any padding, and padding in front

    True for real words: try texts without padding, and padding in front.
    """
    tokens = some_texts(seed, tuple(range(1, 9)), 8)
    for batch in (tokens, tokens.flip(1)):
        mask = submission.text.padding_mask(batch)
        expect_dtype(mask, torch.bool)
        close(mask, torch.tensor([[token > 0 for token in row] for row in batch.tolist()]), what="the mask")
