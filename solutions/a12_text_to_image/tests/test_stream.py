"""Public checks of the stream: a worked example, uniform logits, and all streams of a small vocabulary."""

import math
from itertools import product

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, raises, task
from autograder.nearness import EXACT, WORKED, near, unchanged

from .. import plays

SIZES = [5, 3, 4]  # the handout's vocabulary: words, text positions, codes
TEXT = torch.tensor([[2, 4, 0], [0, 1, 0]])
CODES = torch.tensor([[0, 3], [1, 2]])
STREAM = torch.tensor([[2, 4, 7, 8, 11], [5, 1, 7, 9, 10]])


# -------------------- 3.1 stream
@task("stream", weight=2)
def test_worked_stream(submission):
    """Texts (2 4 PAD), (PAD 1 PAD) and codes (0 3), (1 2) become (2 4 7 8 11) and (5 1 7 9 10)"""
    came = submission.play(plays.join, TEXT, CODES, SIZES)
    hint = "Padding at position i has the id text + i; codes begin at text + length."
    close(came["stream"], STREAM, rtol=0, what="the id", hint=hint, axes=("stream", "position"))
    unchanged(came["arguments"], [TEXT, CODES])


@task("stream")
def test_stream_refuses(submission):
    """Word 5 of 5, code 4 of 4, ids below 0, and texts that are not 3 long raise ValueError"""
    for text, codes in (
        (TEXT + torch.tensor([[3, 0, 0]]), CODES),
        (TEXT - 1, CODES),
        (TEXT, CODES + 1),
        (TEXT, CODES - 1),
        (TEXT[:, :2], CODES),
    ):
        with raises(ValueError):
            submission.play(plays.join, text, codes, SIZES)


@task("stream", weight=2)
def test_what_a_position_cannot_hold(submission, seed):
    """Of 12 ids, rows for positions below 3 keep 0 to 7 and later ones 8 to 11, for four values of past"""
    logits = seed.normal(2, 4, 12)
    for past in (0, 1, 2, 6):
        came = submission.play(plays.split_logits, logits, past, SIZES)
        expected = logits.clone()
        for i in range(4):
            ruled_out = slice(8, 12) if past + i < 3 else slice(0, 8)
            expected[:, i, ruled_out] = -math.inf
        hint = "Row i predicts position past + i: what matters is where the target stands, not the input."
        axes = ("stream", "row", "id")
        close(came["left"], expected, rtol=0, what=f"the logits for past = {past}", hint=hint, axes=axes)
        unchanged(came["argument"], logits)


@task("stream", weight=2)
def test_uniform_logits_of_dalles_size(submission):
    """Among 16,640 and 8,192 ids equal logits cost ln 16640 / 8 + 7 ln 8192 / 8 = 9.0994948"""
    sizes = [16_638, 2, 8192]
    stream = torch.tensor([[7, 16_639, 16_640, 24_831, 20_000]])
    came = submission.play(plays.stream_loss, torch.zeros(1, 5, 24_832).double(), stream, sizes)
    hint = "Split first; then 1/8 of the mean over the text and 7/8 of that over the image."
    close(came["loss"], 9.0994948, rtol=0, atol=WORKED, what="the loss", hint=hint)


def all_streams(table: Tensor) -> tuple[Tensor, Tensor]:
    """Return the 48 streams of one text token (3 ids) and two codes (4), with a bigram model's logits."""
    streams = torch.tensor([[a, 3 + b, 3 + c] for a, b, c in product(range(3), range(4), range(4))])
    before = torch.cat([torch.full((48, 1), 7), streams[:, :-1]], dim=1)  # 7 is BOS
    return streams, table[before]


@task("stream", weight=2)
def test_all_streams_together_are_certain(submission, seed):
    """The 48 streams of one text token and two codes have probability 1 together, in a bigram model"""
    streams, logits = all_streams(seed.normal(8, 7))
    left = submission.play(plays.split_logits, logits, 0, [2, 1, 4])["left"].log_softmax(dim=2)
    total = left.gather(2, streams[..., None]).sum(dim=1).exp().sum()
    near(total, exactly(1)[0], "their probability", "Position 1 is the first of the image: only codes.")


def loss_by_hand(logits: Tensor, stream: Tensor, sizes: list[int]) -> tuple[Tensor, Tensor]:
    """Return the loss and its gradient, position by position."""
    words, length, _ = sizes
    first, (b, n) = words + length, stream.shape
    loss, gradient = torch.zeros(()).double(), torch.zeros_like(logits)
    for i, j in product(range(b), range(n)):
        ids = slice(0, first) if j < length else slice(first, None)
        share = 1 / (8 * b * length) if j < length else 7 / (8 * b * (n - length))
        p = logits[i, j, ids].softmax(0)
        target = stream[i, j] - (ids.start or 0)
        loss = loss - share * p[target].log()
        gradient[i, j, ids] += share * p
        gradient[i, j, stream[i, j]] -= share
    return loss, gradient


def a_stream(seed: Seed) -> tuple[Tensor, Tensor]:
    """Return logits of three streams of the handout's vocabulary, 3 words and 4 codes, and the streams."""
    text, codes = ((size * seed.fork(f"{size}").uniform(3, n)).long() for size, n in ((8, 3), (4, 4)))
    return seed.fork("logits").normal(3, 7, 12), torch.cat([text, codes + 8], dim=1)


@task("stream", weight=2)
def test_loss_position_by_position(submission, seed):
    """Row i of the logits is for id i of the stream, paddings count, and gradients are the softmax's"""
    logits, stream = a_stream(seed)
    came = submission.play(plays.stream_loss, logits, stream, SIZES)
    loss, gradient = loss_by_hand(logits, stream, SIZES)
    near(came["loss"], loss, "the loss", "The logits are those for the stream: shift nothing.", EXACT)
    near(came["gradient"], gradient, "the gradient", within=EXACT)
