"""Tasks 3.1 and 6.1: time and memory, in units of a yardstick. Bars show how far you are."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays
from .turns import turns


def many_pairs(seed: Seed) -> tuple[Tensor, Tensor, Tensor]:
    """512 structures of 64 points, each turned and moved, and weights."""
    x = seed.fork("x").normal(512, 64, 3, dtype=torch.float32)
    target = x @ turns(seed.fork("R"), 512).float().mT + seed.fork("t").normal(512, 1, 3, dtype=torch.float32)
    return x, target, 0.1 + seed.fork("weights").uniform(512, 64, dtype=torch.float32)


def all_pairs_are_right(came: Tensor, _: object, args: tuple[Tensor, ...]) -> None:
    """Every structure lies on its target."""
    close(came, args[1], rtol=0, atol=2e-4, what="the structures")  # float32


@task("superpose")
def test_all_pairs_at_once(speed):
    """512 pairs of 64 points cost at most 6 times as much as one svd of each"""
    hint = "torch.linalg.svd takes batches of matrices: no loop over structures."
    speed("superpose.weighted_rigid_align", plays.one_decomposition, many_pairs, all_pairs_are_right, hint)


def many_edges(seed: Seed) -> tuple[Tensor, Tensor]:
    """Edges of 128 residues with 32 channels, twice."""
    return tuple(seed.fork(name).normal(128, 128, 32, dtype=torch.float32) for name in "ab")


def all_edges_are_right(came: Tensor, _: object, args: tuple[Tensor, Tensor]) -> None:
    """Every channel is the product of its two matrices, one transposed."""
    a, b = (one.permute(2, 0, 1).double() for one in args)
    close(came, (a @ b.mT).permute(1, 2, 0), rtol=0, atol=1e-3, what="the edges")  # 128 terms of float32


@task("triangles")
def test_memory_of_triangles(memory):
    """128 residues with 32 channels hold some arrays of 128 x 128 x 32, and none of 128 x 128 x 128 x 32"""
    hint = "torch.einsum, or one product of matrices for each channel."
    memory("pair.triangle_multiply", plays.products_by_channel, many_edges, all_edges_are_right, hint=hint)
