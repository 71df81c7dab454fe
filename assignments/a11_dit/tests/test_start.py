"""Public checks of the beginning: nothing comes out, and which weights move first."""

import math

import torch

from autograder.checks import close, exactly, expect, task

from .. import plays
from .near import near

CLOSED = ("blocks.0.adaLN", "blocks.1.adaLN", "final.adaLN", "final.linear")
SMALL = ("clock.fc1.weight", "clock.fc2.weight", "table.weight")
LATE = "Initialise everything first, and then close what must be closed: a later loop opens it again."


def names_of(depth: int) -> list[str]:
    """Return the names of a model's parameters, in their order."""
    found = ["embed.weight", "embed.bias"]
    found += [f"clock.{layer}.{kind}" for layer in ("fc1", "fc2") for kind in ("weight", "bias")]
    found += ["table.weight"]
    layers = ("attn.qkv", "attn.proj", "adaLN", "fc1", "fc2")
    for number in range(depth):
        found += [f"blocks.{number}.{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]
    return found + [f"final.{layer}.{kind}" for layer in ("adaLN", "linear") for kind in ("weight", "bias")]


def named(depth: int, *beginnings: str) -> torch.Tensor:
    """Return 1 for each parameter whose name begins like this, 0 for the others and for strangers."""
    return torch.tensor([int(name.startswith(beginnings)) for name in names_of(depth)] + [0])


def expect_spread(weight: torch.Tensor, name: str) -> None:
    """Expect the spread of Xavier's uniform weights, or 0.02: within 10 %, or five standard errors."""
    fan = sum(weight.shape)
    deviation = 0.02 if name in SMALL else math.sqrt(2 / fan)
    came = weight.square().mean().sqrt().item()
    wanted = f"{name} has deviation {came:.4f}; expected about {deviation:.4f}"
    near_enough = max(0.1, 5 / math.sqrt(2 * weight.numel()))
    expect(
        abs(came / deviation - 1) < near_enough,
        wanted,
        "N(0, 0.02²) for clock and table, Xavier for the others.",
    )
    most = 0.02 * 5 if name in SMALL else math.sqrt(6 / fan)
    expect(weight.abs().max() <= most, f"{name} goes up to {weight.abs().max():.4f}; expected {most:.4f}")


# -------------------- 3.4 start_at_zero
@task("start_at_zero", weight=3)
def test_start_closes_and_draws(submission, seed):
    """Output 0, blocks that give back their tokens, Xavier's weights, small clock and table, no biases"""
    came = submission.play(plays.start, 32, 2, 24, seed.integer(0, 999), seed.normal(4, 3, 24))
    for name, value in came["weights"].items():
        if name.startswith(CLOSED) or name.endswith("bias"):
            hint = "Shift and scale begin at 0 as well as the gates, and biases as well as weights. " + LATE
            expect(not value.any(), f"{name} is not 0 everywhere", hint)
        else:
            expect_spread(value, name)
    close(came["shown"], torch.ones(4, 3, 24).double(), rtol=0, what="1 + the output", hint=LATE)
    close(came["through"], torch.full((4, 3, 32), 2.0).double(), rtol=0, what="2 + block(x) - x", hint=LATE)
    expect(all(came["learning"]), "a weight does not require a gradient any more", "0 is not frozen.")


@task("start_at_zero", weight=2)
def test_which_weights_move_first(submission, seed):
    """Update 1 moves the last layer alone, 2 the embedding and the gates too, 3 everything"""
    tokens, target = seed.fork("tokens").normal(3, 4, 6), seed.fork("target").normal(3, 4, 6)
    came = submission.play(plays.first_updates, 8, 2, 6, seed.integer(0, 999), tokens, target)
    near(came["losses"][0], target.square().mean().item(), "the first loss", "The output begins at 0.")
    second = ("final", "embed", "blocks.0.adaLN", "blocks.1.adaLN")
    expected = torch.stack([named(2, "final.linear"), named(2, *second), named(2, "")])
    hint = (
        "A weight moves if its gradient of this loss is not 0 everywhere: ask torch.autograd.grad, for "
        ".grad may hold an earlier one. What stands behind a closed gate waits."
    )
    close(came["named"], expected, rtol=0, what="named before updates 1, 2 and 3", hint=hint)
    parts = torch.tensor([[0] * 6, [0, 0, 1, 0, 0, 1], [1] * 6])
    close(came["parts"], parts, rtol=0, what="parts of the first adaLN that move", hint=LATE)


@task("start_at_zero", weight=2)
def test_moving_weights_of_a_closed_gate(submission):
    """Of six parameters open, gate and late move; behind a gate of 0, unused and frozen ones do not"""
    values, x = exactly(0.5, 0, 2, 1, 1.5, -1), exactly(1, -2, 0.5)
    came = submission.play(plays.moving, values, x, 0.25)
    hint = "No gradient counts as zero, and frozen parameters are never named."
    close(came["named"], torch.tensor([1, 1, 0, 0, 0, 1, 0]), rtol=0, what="the names", hint=hint)
    hint = "A loss without requires_grad moves nothing: an empty set."
    close(came["without a graph"], torch.tensor([0] * 7), rtol=0, what="those without a graph", hint=hint)
    hint = "torch.autograd.grad returns gradients; backward() adds them to what is there."
    close(came["gradients"], [0.25, 0, 0.25, 0.25, 0, 0], rtol=0, what="the held gradients", hint=hint)
