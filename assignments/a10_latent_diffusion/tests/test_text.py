"""Public checks of the text encoder."""

import torch

from autograder.checks import close, expect, expect_dtype, task

from .. import plays_attention as plays
from .near import LONG, near
from .weights import drawn, text_encoder

TEXT = torch.tensor([[1, 5, 7, 4, 0, 0], [1, 9, 0, 0, 0, 0]])  # START, words, PAD
REAL = TEXT > 0


def expect_normed(vectors: torch.Tensor, weights: dict[str, torch.Tensor]) -> None:
    """Expect mean 0 and variance 1 of each vector, before the last norm's weight and bias."""
    plain = (vectors - weights["norm.bias"]) / weights["norm.weight"]
    came = torch.stack([plain.mean(-1), plain.var(-1, unbiased=False)])
    expected = torch.stack([torch.zeros_like(came[0]), torch.ones_like(came[1])])
    # the norm's eps of 1e-5, next to variances of 0.1 and more
    close(
        came, expected, rtol=1e-3, atol=1e-3, what="mean and variance of the vectors, before weight and bias,"
    )


@task("text_encoder")
def test_mask_knows_padding(submission):
    """START (1), UNKNOWN (2) and words are real, PAD (0) is not"""
    came = submission.text.padding_mask(torch.tensor([[1, 2, 3, 0], [1, 0, 0, 0]]))
    hint = "True for what may be looked at."
    expected = torch.tensor([[True, True, True, False], [True, False, False, False]])
    expect_dtype(came, torch.bool, hint)
    close(came, expected, what="the mask", hint=hint)


@task("text_encoder", weight=2)
def test_amount_of_padding_does_not_matter(submission, seed):
    """A text of two words gives the same vectors with 1, 3 and 6 paddings"""
    text = torch.tensor([[1, 5, 7]])
    batches = [torch.cat([text, torch.zeros(1, n, dtype=torch.long)], 1) for n in (1, 3, 6)]
    w = drawn(seed.fork("w"), text_encoder(2))
    came = submission.play(plays.text_encoder, batches, 2, w)["contexts"]
    hint = "nn.TransformerEncoderLayer's src_key_padding_mask is True for what is to be ignored."
    for n, context in zip((3, 6), came[1:], strict=True):
        what = f"the vectors of the text with {n} paddings"
        near(context[:, :3], came[0][:, :3], what, hint, within=LONG)
    expect_normed(came[0][:, :3], w)


@task("text_encoder")
def test_texts_of_a_batch_do_not_mix(submission, seed):
    """A text has the same vectors alone and in a batch, and the mask comes with them"""
    w = drawn(seed.fork("w"), text_encoder(2))
    came = submission.play(plays.text_encoder, [TEXT, TEXT[:1], TEXT[1:]], 2, w)
    for i, alone in enumerate(came["contexts"][1:]):
        one, other = came["contexts"][0][i][REAL[i]], alone[0][REAL[i]]
        near(one, other, f"the vectors of text {i}", "batch_first is set.", within=LONG)
        expect_normed(one, w)
    close(came["masks"][0], REAL, what="the mask that comes back")


@task("text_encoder")
def test_order_of_words_matters(submission, seed):
    """The same word has another vector at another position, and every word changes every vector"""
    texts = [torch.tensor([[1, 5, 7, 5]]), torch.tensor([[1, 5, 7, 8]])]
    w = drawn(seed.fork("w"), text_encoder(2))
    first, other = submission.play(plays.text_encoder, texts, 2, w)["contexts"]
    hint = "Add positions[0], positions[1], ... to the embeddings of the first word, the second, ..."
    expect((first[0, 1] - first[0, 3]).abs().max() > 1e-6, "the two equal words have equal vectors", hint)
    hint = "The encoder reads in both directions: no causal mask."
    expect((first[0, 0] - other[0, 0]).abs().max() > 1e-9, "the last word does not reach the first", hint)


@task("text_encoder", weight=2)
def test_without_layers_words_and_positions_are_normed(submission, seed):
    """With no layers at all the vectors are norm(embedding + positions)"""
    w = drawn(seed.fork("w"), text_encoder(0))
    came = submission.play(plays.text_encoder, [TEXT], 0, w)
    summed = w["embedding.weight"][TEXT] + w["positions"][:6]
    expected = torch.nn.functional.layer_norm(summed, (8,), w["norm.weight"], w["norm.bias"])
    hint = "Embedding plus position, the layers, and the norm at the end."
    near(came["contexts"][0][REAL], expected[REAL], "the vectors", hint, within=LONG)
