"""Hidden checks of the stream: fresh vocabularies, all positions, and all streams of one."""

import math
from itertools import product

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, raises, task
from autograder.nearness import near, near_single, unchanged

from .. import plays
from ..tests.test_stream import SIZES, a_stream, all_streams, loss_by_hand
from .fresh import expect_alike, share_alike


def a_vocabulary(seed: Seed) -> tuple[list[int], Tensor, Tensor]:
    """Return sizes of a vocabulary, and three texts with paddings and their codes."""
    sizes = [
        seed.fork("words").integer(3, 9),
        seed.fork("length").integer(2, 5),
        seed.fork("codes").integer(2, 9),
    ]
    text = (sizes[0] * seed.fork("text").uniform(3, sizes[1])).long()
    text[seed.fork("pad").uniform(3, sizes[1]) < 0.4] = 0
    return sizes, text, (sizes[2] * seed.fork("image").uniform(3, 4)).long()


def joined(sizes: list[int], text: Tensor, codes: Tensor) -> Tensor:
    """Return the streams in plain numbers."""
    words, length, _ = sizes
    rows = []
    for line, image in zip(text.tolist(), codes.tolist(), strict=True):
        ids = [word if word else words + i for i, word in enumerate(line)]
        rows.append(ids + [code + words + length for code in image])
    return torch.tensor(rows)


# -------------------- 3.1 stream
@task("stream", gate=True)
def test_stream_is_an_answer_at_all(submission, seed):
    """Fresh streams hold most words, or splits rule something out, or losses go with the logits"""
    sizes, text, codes = a_vocabulary(seed)
    text[:, 0] = 1
    whole = joined(sizes, text, codes)
    logits = seed.fork("logits").normal(2, 3, sum(sizes))

    def splits() -> None:
        left = submission.play(plays.split_logits, logits, 0, sizes)["left"]
        share_alike(left, logits, 0.2)
        share_alike(left, torch.full_like(left, -math.inf), 0.1)

    def losses() -> None:
        made = [a_stream(seed.fork(f"{i}")) for i in range(8)]
        came = [
            submission.play(plays.stream_loss, (1 + i) * one, stream, SIZES)["loss"]
            for i, (one, stream) in enumerate(made)
        ]
        due = [loss_by_hand((1 + i) * one, stream, SIZES)[0] for i, (one, stream) in enumerate(made)]
        expect_alike(torch.stack(came), torch.stack(due))

    any_of(
        lambda: share_alike(submission.play(plays.join, text, codes, sizes)["stream"], whole, 0.25),
        splits,
        losses,
    )


@task("stream", weight=2)
def test_fresh_streams(submission, seed):
    """Streams of fresh vocabularies, and what these do not have

    Words keep their ids, word 0 at position i becomes text + i, code c becomes first_code + c. Ids that the
    vocabulary does not have raise ValueError.
    """
    for i in range(3):
        sizes, text, codes = a_vocabulary(seed.fork(f"{i}"))
        came = submission.play(plays.join, text, codes, sizes)
        close(came["stream"], joined(sizes, text, codes), rtol=0, what="the id", axes=("stream", "position"))
        unchanged(came["arguments"], [text, codes])
    edge = torch.full_like(codes, sizes[2])
    for words, image in (
        (text, edge),
        (text, -codes - 1),
        (0 * text + sizes[0], codes),
        (text[:, 1:], codes),
    ):
        with raises(ValueError):
            submission.play(plays.join, words, image, sizes)


@task("stream", weight=2)
def test_fresh_splits(submission, seed):
    """All streams of a fresh bigram model have probability 1 together, also when split piece by piece

    Row i is for position past + i: codes are ruled out where text is due, words and paddings where the image
    is, nothing else.
    """
    streams, logits = all_streams(2 * seed.normal(8, 7))
    pieces = [
        submission.play(plays.split_logits, logits[:, past : past + m], past, [2, 1, 4])["left"]
        for past, m in ((0, 1), (1, 2))
    ]
    p = torch.cat(pieces, dim=1).softmax(dim=2)
    near(p.gather(2, streams[..., None]).prod(dim=1).sum(), exactly(1)[0], "their probability")
    for past, m in product((0, 1, 2, 5), (1, 3)):
        left = submission.play(plays.split_logits, logits[:2, :m], past, [2, 3, 2])["left"]
        possible = torch.tensor([[(j < 5) == (past + i < 3) for j in range(7)] for i in range(m)]).expand(
            2, m, 7
        )
        close(left.isfinite(), possible, rtol=0, what="what is possible")
        near(left[possible], logits[:2, :m][possible], "the logits that are left")


@task("stream", weight=2)
def test_fresh_losses_of_streams(submission, seed):
    """Losses and gradients of fresh logits, position by position, in float32 too

    Row i of the logits predicts position i: nothing is shifted. 1/8 of the mean over text positions, paddings
    included, plus 7/8 of that over codes.
    """
    logits, stream = a_stream(seed)
    loss, gradient = loss_by_hand(3 * logits, stream, SIZES)
    came = submission.play(plays.stream_loss, 3 * logits, stream, SIZES)
    near(came["loss"], loss, "the loss")
    near(came["gradient"], gradient, "the gradient")
    near_single(submission.play(plays.stream_loss, 3 * logits.float(), stream, SIZES)["loss"], loss)
