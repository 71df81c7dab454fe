"""Tasks 1.2 and 8.2: what a whole batch costs, in units of a yardstick. The bars show how far you are."""

import torch
from scipy.optimize import linear_sum_assignment

from autograder.checks import Seed, close, task

from .. import plays_costs


def batch(seed: Seed) -> tuple[torch.Tensor, ...]:
    """128 samples of 16 coordinates, and a network of 64 hidden units."""
    x, inner, outer = seed.fork("x"), seed.fork("inner"), seed.fork("outer")
    single = torch.float32
    return (
        x.normal(128, 16, dtype=single),
        inner.normal(16, 64, dtype=single),
        outer.normal(64, 16, dtype=single),
    )


def each_is_a_trace(value: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """The trace is the sum over hidden units of the slope there times the weights on both sides."""
    x, inner, outer = (tensor.double() for tensor in args)
    slope = 1 - torch.tanh(x @ inner) ** 2
    close(value.double(), slope @ (inner.T * outer).sum(dim=1), rtol=1e-3, atol=1e-2)  # float32 sums


@task("divergence")
def test_a_batch_needs_one_pass_a_coordinate(speed):
    """128 samples of 16 coordinates cost about as much as a few dozen forward passes"""
    hint = (
        "Samples do not depend on each other: the gradient of a sum over the batch holds all of their rows."
    )
    speed(plays_costs.exact_divergence, plays_costs.forward_passes, batch, each_is_a_trace, hint)


def large_images(seed: Seed) -> tuple[torch.Tensor, ...]:
    """256 images of 784 pixels, and as much noise."""
    return tuple(seed.fork(name).normal(256, 784, dtype=torch.float32) for name in ("x0", "eps"))


def pairs_are_the_cheapest(j: torch.Tensor, _: torch.Tensor, args: tuple[torch.Tensor, ...]) -> None:
    """The pairing is a permutation, and no cheaper one exists."""
    x0, eps = args
    close(j.sort().values, torch.arange(len(j)), what="the numbers in order")
    table = torch.cdist(x0.double(), eps.double()).square()
    rows, columns = linear_sum_assignment(table.numpy())
    cost, least = table[torch.arange(len(j)), j].sum(), table[rows, columns].sum()
    close(cost, least, rtol=1e-5, what="the cost", hint="A cheaper pairing exists.")  # float32 distances


@task("ot_pairing")
def test_distances_need_no_table_of_differences(memory):
    """Pairing 256 images of 784 pixels takes a few tables of 256 x 256 numbers, not 784 of them"""
    hint = "torch.cdist makes the table of distances without the differences; so does |a|^2 - 2 a.b + |b|^2."
    memory("flow_matching.ot_pairing", plays_costs.one_table, large_images, pairs_are_the_cheapest, hint)
