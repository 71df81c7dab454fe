"""Hidden checks of the whole transformer with fresh weights, and of its sizes."""

from collections.abc import Callable

import torch
from torch import nn

from autograder.checks import any_of, close, expect, raises, task

from .. import plays
from ..tests import weights as drawn
from ..tests.near import LONG, near
from . import fresh

SIZES = {"p": 2, "d": 12, "depth": 2, "heads": 3, "c_in": 3, "c_out": 2, "num_classes": 4, "waves": 6}


# -------------------- 4.1 dit
@task("dit", gate=True)
def test_dit_is_an_answer_at_all(submission, seed):
    """Predictions of fresh maps go with what they should be"""
    x, t = seed.fork("x").normal(4, 3, 4, 6), seed.fork("t").uniform(4)
    weights = drawn.dit(seed.fork("w"), **SIZES)
    weights["final.linear.bias"] = 9 * weights["final.linear.bias"]
    labels = torch.tensor([1, 0, 3, 2])
    came = submission.play(plays.dit, SIZES, weights, x, t, labels)
    fresh.expect_alike(came.mean((2, 3)), fresh.dit(weights, SIZES, x, t, labels).mean((2, 3)))


@task("dit", weight=2)
def test_dit_with_fresh_weights(submission, seed):
    """Fresh maps, wide and high, times, labels and drops agree with the whole formula

    Patches, positions, time plus label, blocks, last layer, pixels: try maps that are not square, and labels
    that are dropped.
    """
    for name, (h, w, more) in {
        "a": (4, 6, {}),
        "b": (6, 3, {"p": 3, "depth": 1}),
        "c": (3, 2, {"p": 1, "c_out": 5}),
    }.items():
        sizes = SIZES | more
        own = seed.fork(name)
        x, t = own.fork("x").normal(3, 3, h, w), own.fork("t").uniform(3)
        weights, labels = drawn.dit(own.fork("w"), **sizes), torch.tensor([3, 1, 0])
        drop = own.fork("drop").uniform(3) < 0.5
        came = submission.play(plays.dit, sizes, weights, x, t, labels, drop, True)
        right = fresh.dit(weights, sizes, x, t, torch.where(drop, 4, labels))
        near(came, right, f"the maps of {h} x {w}", within=LONG)


@task("dit")
def test_dit_without_drops(submission, seed):
    """Labels are told where drop is not given, evaluated or trained, in float32 too

    Without `drop` every label is told, in training and in evaluation.
    """
    x, t = seed.fork("x").normal(2, 3, 4, 4), seed.fork("t").uniform(2)
    weights, labels = drawn.dit(seed.fork("w"), **SIZES), torch.tensor([4, 2])
    right = fresh.dit(weights, SIZES, x, t, labels)
    for training in (False, True):
        came = submission.play(plays.dit, SIZES, weights, x, t, labels, None, training)
        near(came, right, "the maps", within=LONG)
    single = {name: value.float() for name, value in weights.items()}
    came = submission.play(plays.dit, SIZES, single, x.float(), t, labels)
    close(came, right.float(), rtol=1e-2, atol=1e-3, what="the maps in float32")


@task("dit")
def test_dit_learns_its_labels(submission, seed):
    """Only rows of the table that were told have a gradient, the last one for all that were dropped

    A dropped label takes the table's last row, so that row alone gets the gradient of all dropped samples.
    """
    x, t = seed.fork("x").normal(4, 3, 2, 4), seed.fork("t").uniform(4)
    weights, by = drawn.dit(seed.fork("w"), **SIZES), seed.fork("by").normal(4, 2, 2, 4)
    labels, drop = torch.tensor([0, 3, 0, 2]), torch.tensor([False, False, True, True])
    came = submission.play(plays.dit_gradients, SIZES, weights, x, t, labels, drop, by)
    names = {"table": "table.weight", "clock": "clock.fc2.bias"}
    leaves = {name: weights[name].clone().requires_grad_() for name in names.values()}
    told = fresh.dit(weights | leaves, SIZES, x, t, torch.where(drop, 4, labels))
    right = torch.autograd.grad((by * told).sum(), list(leaves.values()))
    near(came, dict(zip(names, right, strict=True)), "the gradients", within=LONG)


# -------------------- 4.2 sizes
def layers(depth: int, d: int, p: int, c_in: int, c_out: int, clock: int) -> list[tuple[int, int, int]]:
    """Return the linear layers of a DiT: inputs, outputs, and whether each token or a sample goes through."""
    block = [(d, 3 * d, 1), (d, d, 1), (d, 4 * d, 1), (4 * d, d, 1), (d, 6 * d, 0)]
    ends = [(p * p * c_in, d, 1), (clock, d, 0), (d, d, 0), (d, 2 * d, 0), (d, p * p * c_out, 1)]
    return ends + depth * block


@task("sizes", gate=True)
def test_sizes_are_an_answer_at_all(submission, seed):
    """Counts of fresh sizes go with the right ones"""
    depth = seed.integer(2, 4)
    widths = [32 * 2**k for k in range(5)]
    weights = [sum(a * b for a, b, _ in layers(depth, d, 2, 4, 8, 256)) for d in widths]

    def alike(count: Callable[[int, int, int], int], times: int) -> None:
        ratios = [count(depth, d, 2) / (times * one) for d, one in zip(widths, weights, strict=True)]
        expect(all(0.1 < ratio < 10 for ratio in ratios), "the counts are not of this size")

    any_of(lambda: alike(submission.sizes.count_weights, 1), lambda: alike(submission.sizes.count_macs, 256))


@task("sizes", weight=2)
def test_weights_of_fresh_sizes(submission, seed):
    """Fresh sizes have as many weights as torch's layers of these sizes

    Build torch's layers of these sizes and count: biases and the table's row of no class are weights,
    positions are not, norms have none.
    """
    for name in ("a", "b"):
        own = seed.fork(name)
        depth, p, c_in, c_out = (own.fork(f"{k}").integer(1, 5) for k in range(4))
        d, classes, clock = (
            4 * own.integer(2, 6),
            own.fork("c").integer(2, 30),
            2 * own.fork("t").integer(2, 9),
        )
        with torch.device("meta"):
            parts = [nn.Linear(a, b) for a, b, _ in layers(depth, d, p, c_in, c_out, clock)]
            parts.append(nn.Embedding(classes + 1, d))
        right = sum(weight.numel() for part in parts for weight in part.parameters())
        came = submission.sizes.count_weights(depth, d, p, c_in, c_out, classes, clock)
        close(came, right, rtol=0, what=f"the weights of depth {depth}, d {d}, p {p}")
    near(submission.sizes.count_weights(24, 1024, 2), 457_840_672, "the weights of L/2", within=1e-15)


@task("sizes", weight=2)
def test_products_of_fresh_sizes(submission, seed):
    """Fresh sizes take as many multiplications as their layers, scores and mixing

    a b for each token through a linear layer, n^2 d for scores and as many for mixing; adaLN, clock and the
    last layer's modulation see one condition a sample.
    """
    for name in ("a", "b"):
        own = seed.fork(name)
        depth, p, c_in, c_out = (own.fork(f"{k}").integer(1, 5) for k in range(4))
        d, clock, side = (
            4 * own.integer(2, 6),
            2 * own.fork("t").integer(2, 9),
            p * own.fork("s").integer(2, 6),
        )
        n = (side // p) ** 2
        right = sum(a * b * (n if each else 1) for a, b, each in layers(depth, d, p, c_in, c_out, clock))
        right += depth * 2 * n * n * d
        came = submission.sizes.count_macs(depth, d, p, side, c_in, c_out, clock)
        close(came, right, rtol=0, what=f"the multiplications of depth {depth}, d {d}, p {p}, side {side}")
        with raises(ValueError):
            submission.sizes.count_macs(depth, d, p + 1, side=(p + 1) * 4 - 1)
    close(submission.sizes.count_macs(24, 1024, 4), 19.6957e9, rtol=1e-5, what="those of L/4")
