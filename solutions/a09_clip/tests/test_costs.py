"""Tasks 2.4 and 5.1: memory and time of a large batch, in units of a yardstick. Bars show how far you are."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays

N, CHUNK = 4096, 128
HINT = "A loop over chunks alone keeps them all for the backward pass: work them out again there."


def large_batch(seed: Seed) -> tuple[Tensor, Tensor, Tensor, int]:
    """4,096 pairs of 64 numbers, at the scale that training starts with, in chunks of 128."""
    sides = [seed.fork(name).normal(N, 64, dtype=torch.float32) for name in ("image", "text")]
    return *sides, torch.tensor(math.log(1 / 0.07)), CHUNK


def first_rows_are_right(came: tuple[Tensor, ...], _: object, args: tuple[Any, ...]) -> None:
    """The first image's gradient and the first text's follow from the softmax of their row and column."""
    u, v, scale = F.normalize(args[0], dim=1), F.normalize(args[1], dim=1), args[2].exp()
    logits = scale * (u @ v.T)
    rows, columns = logits.logsumexp(dim=1), logits.logsumexp(dim=0)
    sides = ((args[0], u, v, logits[0], rows[0], columns), (args[1], v, u, logits[:, 0], columns[0], rows))
    for gradient, (x, own, others, line, along, across) in zip(came, sides, strict=True):
        pull = scale * ((line - along).exp() + (line - across).exp()) / (2 * N)
        pull[0] -= scale / N
        towards = pull @ others
        expected = (towards - (towards @ own[0]) * own[0]) / x[0].norm()
        close(gradient[0], expected, rtol=1e-2, atol=1e-7, what="the gradient of pair 0")  # float32


@task("chunked_clip_loss")
def test_memory_is_that_of_a_chunk(memory):
    """4,096 pairs hold about as much as squaring the inner products of 128 images at a time"""
    memory(plays.loss_in_chunks, plays.square_in_chunks, large_batch, first_rows_are_right, hint=HINT)


def many_queries(seed: Seed) -> tuple[Tensor, Tensor]:
    """1,500 queries and items, five relevant for each query."""
    group = torch.arange(1500) // 5
    return seed.normal(1500, 1500, dtype=torch.float32), group[:, None] == group


def all_are_counted(came: Tensor, _: object, args: tuple[Tensor, ...]) -> None:
    """Every query's rank follows from the sorted similarities of what is not relevant."""
    similarity, relevant = args
    best = torch.stack([row[marks].max() for row, marks in zip(similarity, relevant, strict=True)])[:, None]
    others = similarity[~relevant].reshape(len(similarity), -1).sort(dim=1).values
    ahead = others.shape[1] - torch.searchsorted(others, best).flatten()
    close(came, 1 + ahead, rtol=0, what="the ranks")


@task("ranks")
def test_ranks_need_no_sort(speed):
    """1,500 queries cost about as much as comparing every similarity with the largest of its row"""
    hint = "Where an item stands is how many others are ahead: count them, instead of sorting all."
    speed("retrieval.ranks", plays.compare_with_the_largest, many_queries, all_are_counted, hint)
