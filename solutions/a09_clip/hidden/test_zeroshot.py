"""Hidden checks of zero-shot classification: fresh prompts of fresh lengths, loops over classes."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, expect_dtype, raises, task

from .. import plays
from ..tests.near import SINGLE, near
from ..tests.worked import log_of
from .fresh import cosines, expect_alike


def prompts(seed: Seed, k: int, p: int, d: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return prompts of very different lengths, a mask, and the direction of each class by loops."""
    sizes = (3 * seed.fork("sizes").normal(k, p, 1)).exp()
    text, mask = sizes * seed.fork("text").normal(k, p, d), seed.fork("mask").uniform(k, p) < 0.6
    mask[torch.arange(k), torch.arange(k) % p] = True
    sums = []
    for rows, there in zip(text, mask, strict=True):
        kept = torch.stack([row / math.hypot(*row.tolist()) for row in rows[there]]).mean(0)
        sums.append(kept / math.hypot(*kept.tolist()))
    return text, mask, torch.stack(sums)


def shares(image: Tensor, classes: Tensor, scale: float) -> Tensor:
    """Return the probabilities by loops."""
    table = []
    for row in cosines(image, classes):
        grown = [math.exp(scale * (value - max(row))) for value in row]
        table.append([value / sum(grown) for value in grown])
    return torch.tensor(table, dtype=torch.float64)


# -------------------- 4.1 zero_shot
@task("zero_shot", gate=True)
def test_zero_shot_is_an_answer_at_all(submission, seed):
    """Fresh images go with their classes, or classes with their prompts"""
    text, mask, classes = prompts(seed, 6, 3, 3)
    image = seed.fork("image").normal(8, 3)
    expected = shares(image, classes, 2.0)
    any_of(
        lambda: expect_alike(submission.zeroshot.zero_shot(image, classes, log_of(2)), expected),
        lambda: expect_alike(submission.zeroshot.class_embeddings(text, mask), classes),
    )


@task("zero_shot", weight=3)
def test_classes_of_fresh_prompts(submission, seed):
    """Prompts of lengths from 0.01 to 100 count the same, and what is masked counts for nothing

    Each prompt to unit length, then the mean of a class's own, then to unit length again; masked ones count
    for nothing, NaN in them neither.
    """
    for k, p in ((4, 3), (2, 5), (3, 1)):
        text, mask, expected = prompts(seed.fork(f"{k}"), k, p, 4)
        near(submission.zeroshot.class_embeddings(text, mask), expected, "the class embeddings")
    text, _, _ = prompts(seed, 3, 4, 5)
    unit = text / text.square().sum(2, keepdim=True).sqrt()
    expected = unit.mean(1) / unit.mean(1).square().sum(1, keepdim=True).sqrt()
    near(submission.zeroshot.class_embeddings(text), expected, "those without a mask")


@task("zero_shot", weight=3)
def test_probabilities_of_fresh_images(submission, seed):
    """Fresh images and classes, of any length, agree with loops over plain numbers

    Softmax over classes of the scaled cosines: images of any length count the same.
    """
    for n, k in ((3, 5), (4, 2), (1, 3)):
        image, classes = seed.fork(f"i{n}").normal(n, 4), 3 * seed.fork(f"c{n}").normal(k, 4)
        scale = 1 + 30 * seed.fork("scale").uniform(1).item()
        came = submission.zeroshot.zero_shot(image, classes, log_of(scale))
        near(came, shares(image, classes, scale), "the probability")


@task("zero_shot")
def test_zero_shot_edges(submission, seed):
    """A fresh class without a prompt raises ValueError; float32 stays; arguments are left alone

    A class without a prompt raises ValueError, float32 stays, and no argument is changed.
    """
    text, mask, expected = prompts(seed, 4, 3, 4)
    empty = mask.clone()
    empty[seed.integer(0, 3)] = False
    with raises(ValueError):
        submission.zeroshot.class_embeddings(text, empty)
    hidden = text.masked_fill(~mask[..., None], math.nan)
    came = submission.zeroshot.class_embeddings(hidden.float(), mask)
    expect_dtype(came, torch.float32)
    near(came, expected, "the class embeddings", within=SINGLE)
    sure = submission.zeroshot.zero_shot(came, came, log_of(100, torch.float32))
    expect_dtype(sure, torch.float32)
    near(sure, shares(came.double(), came.double(), 100.0), "the probability", within=20 * SINGLE)
    after = submission.play(plays.with_gradients, "zeroshot", "zero_shot", [text[0], text[1], log_of(2)])
    near(after["value"], shares(text[0], text[1], 2.0), "the probability")
    close(after["arguments"], [text[0], text[1], log_of(2)], rtol=0, what="the arguments")
