"""Public checks of recomputation: everything that comes out is what the block itself gives."""

import torch

from autograder.checks import exactly, expect, raises, task

from .. import plays_batches
from ..plays_batches import blocks_of, evidence
from .near import near

WEIGHT = torch.sin(torch.arange(1, 10, dtype=torch.float64)).reshape(3, 3)
X = torch.cos(torch.arange(12, dtype=torch.float64)).reshape(4, 3)
WEIGHTS = [torch.roll(WEIGHT, i) * (1 + 0.1 * i) for i in range(9)]
RANDOM = (
    "Note torch.get_rng_state() before the first run, and set it before the second; afterwards set it back."
)
PIECES = (
    "Which blocks run again together, in the backward pass, are those of one piece; the last piece is first."
)


def plainly(weights, x, dropout=0.0, needs=True, seed=0, outer=None, times=1, asked=False):
    """Return what blocks that are not recomputed give: values, gradients, and the generator's next draws."""
    blocks, _ = blocks_of([w.clone() for w in weights], dropout)

    def run(x):
        for block in [block for block in blocks for _ in range(times)]:
            x = block(x)
        return x

    return evidence(blocks, x, run, needs, seed, outer, asked)


def expect_the_same(came, due, hint=""):
    """Expect values, gradients and draws of the plain block."""
    near(came["y"], due["y"], "y", "Return what the block returns.")
    near(came["by x"], due["by x"], "the gradient of x", hint)
    near(came["by weights"], due["by weights"], "the gradients of the blocks' weights", hint)
    names = "torch's next draws: after the forward pass, after the backward pass"
    near(came["draws"], due["draws"], names, RANDOM)


@task("checkpointed")
def test_nothing_changes(submission):
    """y and both gradients are those of the block; only the second run records gradients"""
    came = submission.play(plays_batches.checkpointed, WEIGHT, X)
    hint = "The gradient of a Function's forward: one for each argument, in their order."
    expect_the_same(came, plainly([WEIGHT], X), hint)
    hint = "Run the block under torch.no_grad() now, and under torch.enable_grad() in the backward pass."
    expect(came["notes"] == [[0, 0], [0, 1]], f"calls, with gradients or without: {came['notes']}", hint)


@task("checkpointed", weight=2)
def test_same_dropout_twice(submission):
    """The second run drops what the first dropped, and torch's generator stands where it would"""
    came = submission.play(plays_batches.checkpointed, WEIGHT, X, dropout=0.5, seed=3)
    expect_the_same(came, plainly([WEIGHT], X, dropout=0.5, seed=3), RANDOM)


@task("checkpointed")
def test_weights_have_gradients_though_x_needs_none(submission):
    """The first block of a network gets images that need no gradient; its weights have theirs all the same"""
    came = submission.play(plays_batches.checkpointed, WEIGHT, X, needs=False)
    hint = "A Function whose arguments need no gradient is no part of the graph: pass the parameters too."
    expect_the_same(came, plainly([WEIGHT], X, needs=False), hint)
    expect(came["notes"] == [[0, 0], [0, 1]], f"calls, with gradients or without: {came['notes']}", hint)


@task("checkpointed")
def test_in_the_middle_of_a_network(submission):
    """What comes before the block has its gradient, and a block that is used twice has the sum of two"""
    outer = exactly(0.5, 2, -1)
    came = submission.play(plays_batches.checkpointed, WEIGHT, X, outer=outer, times=2)
    hint = "The gradient of x goes on to what made x: return it, and do not add it up anywhere else."
    expect_the_same(came, plainly([WEIGHT], X, outer=outer, times=2), hint)


@task("checkpointed", weight=2)
def test_gradients_that_are_asked_for(submission):
    """torch.autograd.grad gives the gradients of x and of the block's weight, as backward() does"""
    came = submission.play(plays_batches.checkpointed, WEIGHT, X, dropout=0.5, asked=True)
    hint = "Pass the parameters to the Function too, and return their gradients, as that of x."
    expect_the_same(came, plainly([WEIGHT], X, dropout=0.5, asked=True), hint)


@task("checkpointed")
def test_chain_in_pieces(submission):
    """Nine blocks with dropout give the same in 1, 2, 7 and 9 pieces, of lengths that differ by at most 1"""
    due = plainly(WEIGHTS, X, dropout=0.5)
    for segments in (1, 2, 7, 9):
        came = submission.play(plays_batches.chain, WEIGHTS, X, segments, dropout=0.5)
        expect_the_same(came, due, "Each piece is nn.Sequential(*blocks[start:end]), recomputed.")
        lengths = pieces(came["notes"], 9)
        text = f"in {segments} pieces, the blocks were called {came['notes']}"
        expect(len(lengths) == segments and max(lengths) - min(lengths) < 2, text, PIECES)


def pieces(notes, n):
    """Return how many blocks ran again together, piece by piece; nothing unless each block ran twice."""
    forwards, backwards = notes[:n], notes[n:]
    if forwards != [[i, 0] for i in range(n)] or sorted(backwards) != [[i, 1] for i in range(n)]:
        return []
    lengths, last = [], n
    while backwards:
        start = backwards[0][0]
        if [i for i, _ in backwards[: last - start]] != list(range(start, last)):
            return []
        lengths.append(last - start)
        backwards, last = backwards[last - start :], start
    return lengths


@task("checkpointed")
def test_number_of_pieces(submission):
    """Fewer than one piece and more pieces than blocks raise ValueError"""
    for segments in (0, -1, 4):
        with raises(ValueError, f"{segments} pieces of three blocks are to be refused."):
            submission.play(plays_batches.chain, WEIGHTS[:3], X, segments)
