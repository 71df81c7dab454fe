"""Public checks of private training: each one's gradient, clipped and drowned, and what steps cost."""

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import close, exactly, expect, raises, task

from .. import plays
from .near import near, unchanged, worked

ONE = {"a": exactly(1)[0], "b": exactly(1)}  # noise of ones for two parameters


def private(submission, *args: Any) -> dict[str, Tensor]:
    """Return the private gradient."""
    return submission.play(plays.kept, "privacy", "private_gradient", *args)["result"]


def three() -> dict[str, Tensor]:
    """Return gradients (3, 4), (0, .5) and (0, 0), whose two entries are two parameters."""
    return {"a": exactly(3, 0, 0), "b": exactly(4, 0.5, 0)[:, None]}


# -------------------- 3.1 private_gradient
@task("private_gradient", weight=2)
def test_worked_clipping(submission):
    """(3, 4), (0, .5) and (0, 0), clipped to length 1 and averaged over 3, are (.2, .4333333)"""
    came = private(submission, three(), 1.0, 0.0, ONE, 3.0)
    hint = "One length over all parameters of a sample; what is shorter stays; then a sum."
    worked(came, {"a": exactly(0.2)[0], "b": exactly(13 / 30)}, "the gradient", hint)


@task("private_gradient", weight=2)
def test_noise_comes_once(submission):
    """With sigma = 2, C = 1 and an expected batch of 4, noise of ones moves the mean by 1/2"""
    came = submission.play(plays.kept, "privacy", "private_gradient", three(), 1.0, 2.0, ONE, 4.0)
    hint = "sigma C noise is added to the sum, once, and then all is divided by the expected batch."
    near(came["result"], {"a": exactly(0.65)[0], "b": exactly(0.825)}, "the gradient", hint)
    unchanged(came["arguments"][0], three())
    came = private(submission, three(), 0.1, 2.0, ONE, 4.0)
    near(
        came["a"],
        exactly((0.06 + 0.2) / 4)[0],
        "the gradient with C = .1",
        "The noise is as large as sigma C.",
    )


@task("private_gradient")
def test_nothing_to_clip(submission):
    """C = inf without noise is the plain mean; an empty batch is noise alone, without NaN"""
    came = private(submission, three(), math.inf, 0.0, ONE, 3.0)
    hint = "A factor min(1, C / length), and no noise at all for sigma = 0: 0 times inf is NaN."
    near(came, {"a": exactly(1)[0], "b": exactly(1.5)}, "the gradient", hint)
    nobody = {name: one[:0] for name, one in three().items()}
    came = private(submission, nobody, 0.5, 3.0, ONE, 4.0)
    near(came, {"a": exactly(0.375)[0], "b": exactly(0.375)}, "the gradient of an empty batch", hint)


@task("private_gradient", weight=2)
def test_gradients_of_each_sample(submission, seed):
    """Of half the squared error of a line the gradients are error x and error, sample by sample"""
    x, y, slope = (
        seed.fork(name).normal(*shape) for name, shape in (("x", (4, 3)), ("y", (4,)), ("w", (3,)))
    )
    parameters = {"slope": slope, "offset": exactly(0.3)[0]}
    came = submission.play(plays.per_sample, "straight", parameters, x, y)
    error = x @ slope + 0.3 - y
    due = {"slope": error[:, None] * x, "offset": error}
    near(came["result"], due, "the gradients", "One gradient for each sample: no mean, no sum.")
    unchanged(came["parameters"], parameters)


@task("private_gradient")
def test_one_more_sample(submission, seed):
    """One sample more, however long its gradient, moves the sum by at most C"""
    gradients = {"a": seed.fork("a").normal(6, 2, 2), "b": 100 * seed.fork("b").normal(6, 3)}
    noises = {"a": torch.zeros(2, 2).double(), "b": torch.zeros(3).double()}
    args = (0.7, 0.0, noises, 1.0)
    fewer = private(submission, {k: v[:5] for k, v in gradients.items()}, *args)
    more = private(submission, gradients, *args)
    moved = sum((more[name] - fewer[name]).square().sum() for name in gradients).sqrt()
    close(
        moved, 0.7, rtol=1e-9, what="the length of what one more adds", hint="Exactly C where it is clipped."
    )


# -------------------- 3.2 accountant
@task("accountant")
def test_order_two(submission):
    """At order 2 a step costs log(1 + q^2 (e^(1 / sigma^2) - 1))"""
    for q, sigma in ((0.01, 1.0), (0.3, 0.8), (0.5, 3.0)):
        due = math.log1p(q**2 * math.expm1(1 / sigma**2))
        hint = "The noise has the deviation sigma; its square stands in the exponent."
        near(
            submission.accountant.rdp_subsampled_gaussian(q, sigma, 2),
            due,
            f"the cost for q = {q}",
            hint,
            1e-9,
        )


@task("accountant", weight=2)
def test_worked_divergences(submission):
    """(.01, 1) costs .0008936439 at order 8, (.1, 2) .0452918391 at order 16, (.01, .5) 507.3767703 at 256"""
    for q, sigma, order, due in (
        (0.01, 1.0, 8, 0.0008936439076),
        (0.1, 2.0, 16, 0.04529183908),
        (0.01, 0.5, 256, 507.3767703231),
    ):
        came = submission.accountant.rdp_subsampled_gaussian(q, sigma, order)
        hint = "Logarithms of all terms, then torch.logsumexp: e^x overflows from x = 710."
        close(came, due, rtol=1e-8, what=f"the cost at order {order}", hint=hint)


@task("accountant")
def test_ends_of_the_scale(submission):
    """Everybody in each batch costs order / (2 sigma^2), nobody 0, no noise inf; order 1 raises"""
    cost = submission.accountant.rdp_subsampled_gaussian
    near(cost(1.0, 1.0, 4), 2.0, "the cost for q = 1")
    near(cost(1.0, 3.0, 5), 5 / 18, "the cost for q = 1")
    for sigma in (1.0, 0.0):
        near(cost(0.0, sigma, 3), 0.0, "the cost for q = 0", "Who is never looked at loses nothing.")
    for q in (0.5, 1.0):
        expect(cost(q, 0.0, 3) == math.inf, "the cost without noise is finite; expected inf")
    with raises(ValueError):
        cost(0.1, 1.0, 1)


@task("accountant", weight=2)
def test_worked_epsilons(submission):
    """delta = 1e-5: (.01, 1, 1000 steps) 2.1077531 at order 8, (64/1438, 1.5, 500) 3.6407567 at order 6"""
    for q, sigma, steps, due, order in (
        (0.01, 1.0, 1000, 2.107753075, 8),
        (64 / 1438, 1.5, 500, 3.640756684, 6),
        (1.0, 4.0, 1, 1.012550628, 18),
    ):
        came = submission.accountant.epsilon(q, sigma, steps, 1e-5)
        hint = "steps times the cost + log(1 - 1/order) - (log delta + log order) / (order - 1)."
        worked(came, (due, order), "epsilon and order", hint)


@task("accountant")
def test_orders_to_choose_from(submission):
    """Of the orders 30, 4 and 5 the last is best; without noise the first; epsilon may be below 0"""
    came = submission.accountant.epsilon(0.01, 1.0, 1000, 1e-5, orders=[30, 4, 5])
    worked(came, (2.721395579, 5), "epsilon and order")
    came = submission.accountant.epsilon(0.2, 0.0, 3, 1e-5, orders=[9, 2])
    expect(came[0] == math.inf and came[1] == 9, f"epsilon and order are {came}; expected inf and 9")
    came = submission.accountant.epsilon(0.0, 1.0, 1, 0.9)
    near(came, (-math.log(2) - math.log(1.8), 2), "epsilon and order", "Do not clip at 0.", 1e-9)
