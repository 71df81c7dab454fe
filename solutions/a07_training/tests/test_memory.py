"""Tasks 3.1 and 3.2: what a step holds at once, in units of a yardstick. Bars show how far you are."""

import torch

from autograder.checks import Seed, close, task

from .. import plays_batches


def many_rows(seed: Seed) -> tuple[torch.Tensor, int, torch.Tensor]:
    """4,096 rows of 64 values, how many batches of them come, and the weights of eight layers."""
    x, weights = seed.fork("x").normal(4096, 64), 0.5 + seed.fork("weights").uniform(8, 64)
    return x.float(), 24, weights.float()


def mean_of_all(came: list, _: list, args: tuple[torch.Tensor, int, torch.Tensor]) -> None:
    """The mean loss and all gradients are those of the batches in float64."""
    x, batches, weights = args
    model, total = plays_batches.Layers(weights.double()), 0.0
    for i in range(batches):
        loss = model(x.double() + i / batches).square().sum() / (batches * len(x))
        loss.backward()
        total += loss.item()
    close(came, [total, model.gradients()], rtol=1e-3, what="mean loss and gradients")  # float32


@task("accumulate")
def test_one_graph_at_a_time(memory):
    """24 batches of 4,096 rows hold about as much as one of them, not the graphs of all"""
    hint = "Call backward for each batch, before the next one is asked for, and add up numbers, not tensors."
    memory(plays_batches.accumulate_many, plays_batches.one_batch, many_rows, mean_of_all, hint)


def wide_rows(seed: Seed) -> tuple[torch.Tensor]:
    """8,192 rows of 64 values."""
    return (seed.normal(8192, 64, dtype=torch.float32),)


@task("checkpointed")
def test_pieces_are_forgotten(memory):
    """64 blocks in 8 pieces hold about as much as torch's own recomputation, not the insides of all"""
    hint = (
        "Only what goes into a piece is kept; its insides are made again in the backward pass, and then go."
    )
    memory(plays_batches.deep_chain, plays_batches.torchs_chain, wide_rows, hint=hint)
