"""Tasks 2.4, 2.5 and 5.1: memory and time of large batches, in units of a yardstick. Bars tell yours."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, close, exactly, task

from .. import plays
from .test_chunks import in_one_graph

N, CHUNK = 4096, 128
HINT = "A loop over chunks alone keeps them all for the backward pass: work them out again there."


def large_batch(seed: Seed) -> tuple[Tensor, Tensor, Tensor, int]:
    """4,096 pairs of 64 numbers, at the scale that training starts with, in chunks of 128."""
    sides = [seed.fork(name).normal(N, 64, dtype=torch.float32) for name in ("image", "text")]
    return *sides, torch.tensor(math.log(1 / 0.07)), CHUNK


def all_gradients_are_right(came: tuple[Tensor, ...], _: object, args: tuple[Any, ...]) -> None:
    """Loss and gradients follow from the softmax of each row and each column."""
    u, v, scale = F.normalize(args[0], dim=1), F.normalize(args[1], dim=1), args[2].exp()
    logits = scale * (u @ v.T)
    rows, columns = logits.logsumexp(dim=1), logits.logsumexp(dim=0)
    pull = ((logits - rows[:, None]).exp() + (logits - columns).exp()) / (2 * N)
    pull.diagonal().sub_(1 / N)
    expected = [(rows + columns).mean() / 2 - logits.diagonal().mean()]
    for x, own, towards in ((args[0], u, scale * (pull @ v)), (args[1], v, scale * (pull.T @ u))):
        along = (towards * own).sum(dim=1, keepdim=True)
        expected.append((towards - along * own) / x.norm(dim=1, keepdim=True))
    expected.append((pull * logits).sum())
    what = "loss and gradients: the loss, the images' gradient, the texts' and the scale's"
    close(came, expected, rtol=1e-2, atol=1e-7, what=what)  # float32


@task("chunked_clip_loss", weight=8)
def test_memory_is_that_of_a_chunk(memory):
    """4,096 pairs hold about as much as squaring the inner products of 128 images at a time"""
    memory(plays.loss_in_chunks, plays.square_in_chunks, large_batch, all_gradients_are_right, hint=HINT)


def wide_towers(seed: Seed) -> tuple[list[Tensor], Tensor, Tensor, Tensor, int]:
    """256 pairs in chunks of 16, for two towers with 32,768 hidden values."""
    shapes = ((8, 32768), (32768, 4), (8, 32768), (32768, 4))
    single = torch.float32
    weights = [seed.fork(f"w{i}").normal(*shape, dtype=single) for i, shape in enumerate(shapes)]
    images, texts = (seed.fork(name).normal(256, 8, dtype=single) for name in ("image", "text"))
    return weights, images, texts, torch.tensor(math.log(1 / 0.07)), 16


def step_is_right(came: dict[str, Any], _: object, args: tuple[Any, ...]) -> None:
    """The step's gradients are those of one graph, and each tower was called twice for each chunk."""
    loss, gradients, drawn = in_one_graph(*args)
    calls = exactly(*[16, 0] * 16, *[16, 1] * 16).reshape(32, 2)
    close(came["loss"], loss, rtol=1e-4, what="the loss")  # float32
    close(came["gradients"], list(gradients.values()), rtol=1e-5, atol=1e-5, what="the gradients")
    close(came["drawn"], drawn, what="the next draw")
    close([torch.tensor(tower).double() for tower in came["calls"]], [calls, calls], what="the calls")


@task("cached_step", weight=8)
def test_a_step_holds_one_chunk(memory):
    """256 pairs in chunks of 16 hold about as much as encoding 16 inputs, forward and at once backward"""
    hint = "Send each chunk's gradient back before the next chunk is encoded with recording."
    memory(plays.cached_step, plays.encode_in_chunks, wide_towers, step_is_right, hint)


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
