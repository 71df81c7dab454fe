"""Tasks 2.1 and 4.1: what a search and attention cost, in units of a yardstick. Bars show how far you are."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect, task

from .. import plays, plays_attention


def a_search(seed: Seed) -> tuple[Tensor, Tensor]:
    """1024 vectors of 32 numbers, and 512 codes."""
    z, codes = (
        seed.fork(name).normal(n, 32, dtype=torch.float32) for name, n in (("z", 1024), ("codes", 512))
    )
    return z, codes


def nobody_is_nearer(found: Tensor, _: Tensor, args: tuple[Tensor, Tensor]) -> None:
    """The distance to the code that was found is the least of all."""
    z, codes = args
    every = torch.cdist(z, codes)
    chosen = every.gather(1, found.reshape(-1, 1))[:, 0]
    close(chosen, every.amin(1), rtol=1e-3, what="the distance to the code that was found")  # float32


HINT = (
    "One matrix product gives all distances. Loops, trees and 17 million differences one by one are slower."
)


@task("nearest_code")
def test_search_takes_little_time(speed):
    """A search among 512 codes costs about as much as one product of matrices"""
    speed("quantize.nearest_code", plays.largest_products, a_search, nobody_is_nearer, HINT)


@task("nearest_code")
def test_search_takes_little_memory(memory):
    """A search holds tables of vectors times codes, none of vectors times codes times 32"""
    memory("quantize.nearest_code", plays.largest_products, a_search, nobody_is_nearer, HINT)


def positions(seed: Seed) -> tuple[Tensor, Tensor, Tensor, int]:
    """The 1024 positions of a map of 32 x 32, of 64 channels in 4 heads."""
    q, k, v = (seed.fork(name).normal(1, 1024, 64, dtype=torch.float32) for name in "qkv")
    return q, k, v, 4


def heads_stand_side_by_side(value: Tensor, _: Tensor, args: tuple[Tensor, Tensor, Tensor, int]) -> None:
    """Each position is what its scores, head by head, make of it."""
    q, k, v, heads = args
    expect(value.shape == q.shape, f"the result has the shape {tuple(value.shape)}")
    for mine, a, b, c in zip(*(x[0].chunk(heads, 1) for x in (value, q, k, v)), strict=True):
        close(mine, (a @ b.T / 4).softmax(1) @ c, rtol=1e-3, atol=1e-4, what="the positions")  # float32


@task("cross_attention")
def test_attention_takes_little_memory(memory):
    """Attention among 1024 positions holds no table of 1024 x 1024 scores for each head"""
    hint = "F.scaled_dot_product_attention works through the keys piece by piece."
    memory("attention.attention", plays_attention.whole_width, positions, heads_stand_side_by_side, hint=hint)
