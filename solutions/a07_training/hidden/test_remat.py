"""Hidden checks of recomputation: fresh blocks, alone, twice and in chains, with dropout and without."""

import torch

from autograder.checks import Seed, any_of, expect, raises, task

from .. import plays_batches
from ..tests.near import near
from ..tests.test_remat import expect_the_same, pieces, plainly


def fresh(seed: Seed, n: int) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return the weights of n blocks, and x."""
    return [seed.fork(f"weight {i}").normal(4, 4) for i in range(n)], seed.fork("x").normal(5, 4)


@task("checkpointed", gate=True)
def test_some_of_it_is_right(submission, seed):
    """A block, or a chain of them, gives y, or a gradient that goes with the right one"""
    weights, x = fresh(seed, 3)

    def block() -> None:
        came, due = submission.play(plays_batches.checkpointed, weights[0], x), plainly(weights[:1], x)
        expect(_along(came["y"], due["y"]), "y is not what the block gives")

    def chain() -> None:
        came, due = submission.play(plays_batches.chain, weights, x, 2), plainly(weights, x)
        expect(_along(came["y"], due["y"]), "y is not what the blocks give")

    any_of(block, chain)


def _along(came: torch.Tensor, due: torch.Tensor) -> bool:
    return bool(torch.nn.functional.cosine_similarity(came.flatten(), due.flatten(), dim=0) > 0.99)


@task("checkpointed", weight=2)
def test_fresh_blocks(submission, seed):
    """Fresh blocks with fresh dropout, also used twice inside a network, give what plain ones give

    Outputs and gradients are those of the plain block, with dropout: the generator's state is restored for
    the second pass, and put back afterwards.
    """
    (weight,), x = fresh(seed, 1)
    dropout, start = 0.2 + 0.6 * seed.fork("dropout").uniform(1).item(), seed.fork("start").integer(1, 999)
    for outer, times, asked in ((None, 1, False), (seed.fork("outer").normal(4), 2, True)):
        given = {"dropout": dropout, "seed": start, "outer": outer, "times": times, "asked": asked}
        came = submission.play(plays_batches.checkpointed, weight, x, **given)
        expect_the_same(came, plainly([weight], x, **given))
        expected = [[0, 0]] * times + [[0, 1]] * times
        expect(came["notes"] == expected, f"calls, with gradients or without: {came['notes']}")


@task("checkpointed")
def test_fresh_input_without_gradient(submission, seed):
    """x that needs no gradient: the weights have theirs, with dropout too, alone and in a chain

    Try an x that requires no gradient: the weights need theirs all the same.
    """
    weights, x = fresh(seed, 4)
    came = submission.play(plays_batches.checkpointed, weights[0], x, dropout=0.3, needs=False)
    expect_the_same(came, plainly(weights[:1], x, dropout=0.3, needs=False))
    came = submission.play(plays_batches.chain, weights, x, 3, dropout=0.3, needs=False)
    expect_the_same(came, plainly(weights, x, dropout=0.3, needs=False))


@task("checkpointed")
def test_fresh_chains(submission, seed):
    """Chains of fresh lengths in fresh pieces, from 1 to all

    Try pieces from 1 to all, and lengths that they do not divide.
    """
    n = seed.fork("n").integer(5, 8)
    weights, x = fresh(seed, n)
    due = plainly(weights, x, dropout=0.4)
    for segments in (1, seed.fork("segments").integer(2, n - 1), n):
        came = submission.play(plays_batches.chain, weights, x, segments, dropout=0.4)
        expect_the_same(came, due)
        lengths = pieces(came["notes"], n)
        text = f"{n} blocks in {segments} pieces were called {came['notes']}"
        expect(len(lengths) == segments and max(lengths) - min(lengths) < 2, text)
    for segments in (0, n + 1):
        with raises(ValueError, f"{segments} pieces of {n} blocks are to be refused."):
            submission.play(plays_batches.chain, weights, x, segments)


@task("checkpointed")
def test_in_single_precision(submission, seed):
    """float32 comes back in float32, y and gradients

    float32 in, float32 out, for y and all gradients.
    """
    weights, x = fresh(seed, 2)
    weights, x = [w.float() for w in weights], x.float()
    came = submission.play(plays_batches.chain, weights, x, 2)
    due = plainly(weights, x)
    dtypes = {g.dtype for g in (came["y"], *came["by x"], *came["by weights"])}
    expect(dtypes == {torch.float32}, f"the results are {dtypes}")
    near([came["y"], *came["by weights"]], [due["y"], *due["by weights"]], "y and gradients", within=1e-5)
