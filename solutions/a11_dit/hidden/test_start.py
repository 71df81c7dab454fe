"""Hidden checks of the beginning: other sizes and seeds, other gates."""

import torch

from autograder.checks import any_of, close, expect, task

from .. import plays
from ..tests.near import near
from ..tests.test_start import expect_spread, named


# -------------------- 3.4 start_at_zero
@task("start_at_zero", gate=True)
def test_start_is_an_answer_at_all(submission, seed):
    """The biases of a model are 0 and its weights are drawn, or some of what moves is named"""
    values = torch.cat([0.5 + seed.uniform(3), torch.zeros(3, dtype=torch.float64)])

    def start() -> None:
        weights = submission.play(plays.start, 16, 1, 8, seed.integer(0, 999), seed.normal(2, 3, 8))[
            "weights"
        ]
        expect(not weights["blocks.0.fc1.bias"].any(), "biases are not 0")
        expect_spread(weights["blocks.0.fc1.weight"], "blocks.0.fc1.weight")

    def moving() -> None:
        came = submission.play(plays.moving, values, seed.fork("x").normal(3), 0.5)["named"]
        expect(came[:3].float().mean() > 0.6 and came[3] == 0, "what moves is not named")

    any_of(start, moving)


@task("start_at_zero", weight=2)
def test_start_of_a_fresh_model(submission, seed):
    """A model of other sizes: what is closed is closed, all else is drawn, nothing comes out

    Xavier's uniform weights first, then the table and the clock with deviation 0.02, and what closes the
    gates and the last layer at 0 last: a later loop opens them again.
    """
    came = submission.play(plays.start, 24, 3, 30, seed.integer(0, 9999), seed.fork("x").normal(3, 2, 30))
    closed = ("final.", "blocks.0.adaLN", "blocks.1.adaLN", "blocks.2.adaLN")
    for name, value in came["weights"].items():
        if name.startswith(closed) or name.endswith("bias"):
            expect(not value.any(), f"{name} is not 0 everywhere")
        else:
            expect_spread(value, name)
    near(came["shown"], torch.ones(3, 2, 30).double(), "1 + the output")
    near(came["through"], torch.full((3, 2, 24), 2.0).double(), "2 + block(x) - x")


@task("start_at_zero", weight=2)
def test_which_weights_of_a_deeper_model_move(submission, seed):
    """Three blocks: the last layer, then embedding and gates, then everything

    Step by step: behind a zero weight no gradient arrives, so the last layer moves first. Try three blocks.
    """
    tokens, target = seed.fork("tokens").normal(3, 2, 6), seed.fork("target").normal(3, 2, 6)
    came = submission.play(plays.first_updates, 8, 3, 6, seed.integer(0, 9999), tokens, target)
    second = ("final", "embed", *(f"blocks.{k}.adaLN" for k in range(3)))
    right = torch.stack([named(3, "final.linear"), named(3, *second), named(3, "")])
    close(came["named"], right, rtol=0, what="named before updates 1, 2 and 3")
    near(came["losses"][0], target.square().mean().item(), "the first loss")


@task("start_at_zero", weight=2)
def test_moving_weights_of_fresh_values(submission, seed):
    """Fresh values: with the gate open what is behind it moves too; where weights meet 0 none does

    Look at gradients and not at values: with an open gate what lies behind it moves too.
    """
    x, held = seed.fork("x").normal(4), 0.5
    values = 0.5 + seed.fork("values").uniform(6)
    came = submission.play(plays.moving, values, x, held)
    close(came["named"], torch.tensor([1, 1, 1, 0, 0, 1, 0]), rtol=0, what="the names")
    close(came["without a graph"], torch.zeros(7).long(), rtol=0, what="those without a graph")
    close(came["gradients"], [held, 0, held, held, 0, 0], rtol=0, what="the held gradients")
    came = submission.play(plays.moving, values, 0 * x, held)
    close(came["named"], torch.tensor([0, 0, 0, 0, 0, 1, 0]), rtol=0, what="the names where x is 0")
