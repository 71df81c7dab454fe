"""Public checks of accumulation: four losses worked out by hand, and the big batch as torch has it."""

import torch

from autograder.checks import exactly, expect, raises, task

from .. import plays_batches
from .near import EXACT, near

MEAN = "Divide the sum of all sums by the sum of all counts, once, at the end; and the gradients likewise."


def big_batch(first, second, rows):
    """Return mean loss and gradients over all rows together."""
    weights = [first.clone().requires_grad_(), second.clone().requires_grad_()]
    x, y, counts = rows
    errors = (torch.tanh(x @ weights[0]) @ weights[1] + 0.25 - y).square().sum(1)
    mean = (errors * counts).sum() / int(counts.sum())
    return mean.item(), list(torch.autograd.grad(mean, weights))


def some_rows(n=24):
    """Return weights and n rows, of which about half count, without any draw."""
    place = torch.arange(1, 5 * n + 1, dtype=torch.float64)
    x, y = torch.sin(place).reshape(n, 5), torch.cos(1.7 * place[: 3 * n]).reshape(n, 3)
    first, second = torch.sin(2.3 * place[:20]).reshape(5, 4), torch.cos(0.9 * place[:12]).reshape(4, 3)
    counts = (torch.sin(3.1 * place[:n]) > -0.3).double()
    return (first, second), (x, y, counts)


@task("accumulate", weight=2)
def test_four_losses(submission):
    """The mean of the losses 1, 1, 1 and 9, of which the last is in a batch of its own, is 3, not 5"""
    # tanh(0) = 0, so the model says 0.25 for each row, and only `second` has a gradient when x is 1.
    ones = torch.ones(6, 1).double()
    first, second = exactly(1)[:, None], exactly(0)[:, None]
    y = exactly(1.25, 1.25, 1.25, 7, 3.25, 9)[:, None]
    rows = (ones, y, exactly(1, 1, 1, 0, 1, 0))
    came = submission.play(plays_batches.accumulate, first, second, rows, [4, 2])
    near(came["loss"], 3.0, "the mean loss", MEAN)
    slope = torch.tanh(exactly(1))
    near(came["gradients"], [0 * slope[None], -3 * slope[None]], "the gradients: first, second", MEAN)


@task("accumulate")
def test_every_split_is_the_big_batch(submission):
    """24 rows in one batch, two, 24, and in batches of 5 and 19 give one loss and one gradient"""
    weights, rows = some_rows()
    loss, gradients = big_batch(*weights, rows)
    for sizes in ([24], [12, 12], [1] * 24, [5, 19]):
        came = submission.play(plays_batches.accumulate, *weights, rows, sizes, lazy=len(sizes) == 24)
        near(came["loss"], loss, f"the mean loss of batches of {sizes[:3]}", MEAN)
        near(came["gradients"], gradients, f"the gradients of batches of {sizes[:3]}", MEAN)


@task("accumulate")
def test_gradients_of_before_do_not_count(submission):
    """Gradients that somebody left do not count; an idle parameter has None or zeros afterwards"""
    weights, rows = some_rows()
    came = submission.play(plays_batches.accumulate, *weights, rows, [7, 7, 10], left=2.0)
    hint = "backward() adds to what is there: model.zero_grad() comes before the first batch."
    near(came["gradients"], big_batch(*weights, rows)[1], "the gradients", hint)
    near(came["idle"].double(), exactly(0, 0), "the gradient of a parameter that nothing uses", hint)
    expect(came["frozen"], "the frozen parameter has a gradient, or is frozen no more")


@task("accumulate")
def test_empty_batches(submission):
    """A batch in which nothing counts adds nothing, and has no graph; if none counts, ValueError is raised"""
    weights, (x, y, counts) = some_rows()
    counts = counts.clone()
    counts[4:9] = 0
    came = submission.play(plays_batches.accumulate, *weights, (x, y, counts), [4, 5, 15])
    loss, gradients = big_batch(*weights, (x, y, counts))
    hint = "Where the count is 0, do not call backward: the sum is a 0 without a graph."
    near(came["loss"], loss, "the mean loss", hint)
    near(came["gradients"], gradients, "the gradients", hint, EXACT)
    with raises(ValueError, "All counts are 0: there is no mean."):
        submission.play(plays_batches.accumulate, *weights, (x, y, 0 * counts), [12, 12])
