"""Hidden checks of training: fresh steps worked out by hand, averages, and what the loop draws."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, mean_is, task, variance_is

from .. import plays_model
from ..tests.near import LONG, near
from .fresh import expect_in_step, fresh_batch


def a_model(seed: Seed, T: int) -> tuple[Tensor, Tensor]:
    """Return the tables of a fresh linear model."""
    return seed.fork("slope").normal(T), seed.fork("shift").normal(T)


def targets(x0: Tensor, eps: Tensor, t: Tensor, alpha_bar: Tensor, form: str) -> tuple[Tensor, Tensor]:
    """Return x_t and what a model of this form should predict, with images as rows."""
    signal, noise = alpha_bar[t].sqrt()[:, None], (1 - alpha_bar[t]).sqrt()[:, None]
    target = {"eps": eps, "x0": x0, "v": signal * eps - noise * x0}[form]
    return signal * x0 + noise * eps, target


def gradients(tables, x_t: Tensor, target: Tensor, t: Tensor, share: Tensor) -> tuple[float, Tensor, Tensor]:
    """Return loss and gradients of a linear model; `share` is what each value counts, row by row."""
    slope, shift = tables
    off = slope[t][:, None] * x_t + shift[t][:, None] - target
    by_slope, by_shift = torch.zeros_like(slope), torch.zeros_like(shift)
    by_slope.index_add_(0, t, (2 * share * off * x_t).sum(1))
    by_shift.index_add_(0, t, (2 * share * off).sum(1))
    return (share * off**2).sum().item(), by_slope, by_shift


# -------------------- 5.1 train_step
@task("train_step", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """The weights move against the gradient and the loss has the right size, or the loss is right"""
    x0, eps, t, alpha_bar = fresh_batch(seed, 30, 6)
    tables = a_model(seed, len(alpha_bar))
    x_t, target = targets(x0, eps, t, alpha_bar, "eps")
    loss, by_slope, by_shift = gradients(tables, x_t, target, t, torch.full((30, 1), 1 / 180).double())
    came = submission.play(plays_model.train_step, *tables, x0, t, eps, alpha_bar, lr=0.1)

    def moves() -> None:
        said = float(came["losses"][0])
        right = loss / 1000 < said < 1000 * loss  # a sum is 180 times it
        expect(right, "the loss is of another size altogether")
        moved = torch.cat([after - before for after, before in zip(came["weights"], tables, strict=True)])
        expect_in_step(-moved, torch.cat([by_slope, by_shift]))

    any_of(moves, lambda: close(came["losses"][0], loss, rtol=0.01, what="the loss"))


@task("train_step", weight=2)
def test_step_is_exact_in_every_form(submission, seed):
    """Loss and weights after one step are exact in all three forms, weighted step by step

    The target is that of the form, each image's loss has its own step's weight, then their mean: once
    backward, one step.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 7, 3)
    tables, weight = a_model(seed, len(alpha_bar)), seed.fork("weight").uniform(len(alpha_bar))
    for form in ("eps", "x0", "v"):
        x_t, target = targets(x0, eps, t, alpha_bar, form)
        loss, *by = gradients(tables, x_t, target, t, weight[t][:, None] / 21)
        came = submission.play(
            plays_model.train_step, *tables, x0, t, eps, alpha_bar, form, weight, lr=0.3, left=2.0
        )
        near(came["losses"], [loss], f"the loss of {form!r}", within=LONG)
        expected = [table - 0.3 * gradient for table, gradient in zip(tables, by, strict=True)]
        near(came["weights"], expected, f"the weights for {form!r}", within=LONG)
        expect(came["asked"][0]["training"], "the model was asked in evaluation mode")


@task("train_step")
def test_step_takes_images_of_float32(submission, seed):
    """Images of shape (b, 1, 3, 3) in float32 train as well, and no argument is changed

    x_t and loss stay in the images' dtype; write into no argument.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 4, 1, 3, 3)
    x0, eps, tables = x0.float(), eps.float(), a_model(seed, len(alpha_bar))
    came = submission.play(plays_model.train_step, *tables, x0, t, eps, alpha_bar, lr=0.1, steps=3)
    rows = [value.flatten(1).double() for value in (x0, eps)]
    x_t, target = targets(*rows, t, alpha_bar, "eps")
    loss, *_ = gradients(tables, x_t, target, t, torch.full((4, 1), 1 / 36).double())
    close(came["losses"][0], loss, rtol=1e-5, what="the loss")
    close(came["arguments"], [x0, t, eps, alpha_bar], rtol=0, what="the arguments afterwards")


@task("train_step")
def test_ema_forgets_geometrically(submission, seed):
    """After n updates with decay d, d^n of the old average is left, for fresh weights and a fresh decay

    average = decay average + (1 - decay) weight, in place and without recording: after n updates decay^n of
    the old is left.
    """
    decay, n = 0.5 + 0.4999 * seed.fork("decay").uniform(1).item(), seed.fork("n").integer(2, 9)
    old = [seed.fork("old").normal(2, 3), seed.fork("old mean").normal(2), exactly(0)]
    new = [seed.fork("new").normal(2, 3), seed.fork("new mean").normal(2), exactly(41)]
    for share in (decay, 0.9999):
        came = submission.play(plays_model.ema_update, old, new, share, n)
        expected = share**n * old[0] + (1 - share**n) * new[0]
        near(came["average"], [expected, new[1], torch.tensor(41)], "the average", within=LONG)
    close(came["model"], [new[0], new[1], torch.tensor(41)], rtol=0, what="the model afterwards")


@task("train_step", weight=2)
def test_loop_does_what_its_records_say(submission, seed):
    """Each record has the loss, and each step makes the update, of the steps and noise that were drawn

    Each record has the loss, steps and noise of the update that was made, with gradients cleared before.
    """
    T, lr = 6, 0.2
    alpha_bar = torch.linspace(0.9, 0.1, T, dtype=torch.float64)
    batches = [seed.fork(f"batch {i}").normal(5 + i, 3) for i in range(3)]
    weight = 0.5 + seed.fork("weight").uniform(T)
    tables = a_model(seed, T)
    came = submission.play(plays_model.train, *tables, batches, alpha_bar, 3, "v", weight, lr)
    expect(came["steps"] == [1, 2, 3], f"the records' steps are {came['steps']}; expected 1, 2, 3")
    for record, (asked, x0) in enumerate(zip(came["asked"], batches, strict=True)):
        t = asked["t"]
        eps = (asked["x"] - alpha_bar[t].sqrt()[:, None] * x0) / (1 - alpha_bar[t]).sqrt()[:, None]
        x_t, target = targets(x0, eps, t, alpha_bar, "v")
        loss, *by = gradients(tables, x_t, target, t, weight[t][:, None] / x0.numel())
        close(came["losses"][record], loss, rtol=1e-7, what=f"the loss of record {record + 1}")
        tables = [table - lr * gradient for table, gradient in zip(tables, by, strict=True)]
    close(came["weights"], list(tables), rtol=1e-7, atol=LONG, what="the weights after three steps")


@task("train_step", statistical=True)
def test_loop_draws_standard_normal_noise(submission, seed):
    """The noise of each value has mean 0 and variance 1, each image its own, and steps are equally likely

    randn for each value of each image anew, and steps from 0 to T - 1, both included, equally likely.
    """
    b, T, alpha_bar = 4000, 4, exactly(0.8, 0.6, 0.4, 0.2)
    batches, tables = [torch.zeros(b, 2).double()] * 2, a_model(seed, T)
    came = submission.play(plays_model.train, *tables, batches, alpha_bar, seed.fork("run").n)
    noise = [asked["x"] / (1 - alpha_bar[asked["t"]]).sqrt()[:, None] for asked in came["asked"]]
    for eps in noise:
        mean_is(eps, 0.0, 1.0, what="the mean of the noise")
        variance_is(eps, 1.0, what="the variance of the noise")
        mean_is(eps[:, 0] * eps[:, 1], 0.0, 1.0, what="the correlation of two values")
        mean_is(eps[1:] * eps[:-1], 0.0, 1.0, what="the correlation of two images")
    mean_is(noise[0] * noise[1], 0.0, 1.0, what="the correlation of two batches")
    steps = torch.cat([asked["t"] for asked in came["asked"]])
    first = torch.cat([asked["t"][: b // 2] for asked in came["asked"]]).double()
    mean_is(first, (T - 1) / 2, math.sqrt((T**2 - 1) / 12), what="the mean step of the first images")
    for t in range(T):
        share = (steps == t).double()
        mean_is(share, 1 / T, math.sqrt(1 / T * (1 - 1 / T)), what=f"the share of step {t}")


@task("train_step")
def test_loop_stops_where_its_caller_stops(submission, seed):
    """After three of five records three steps are made, float32 batches stay float32, and T = 1 works

    The loop is a generator: one update, one yield, none ahead of the caller. Try T = 1 and float32.
    """
    batches = [seed.fork(f"batch {i}").normal(4, 1, 2, 2).float() for i in range(5)]
    came = submission.play(plays_model.train, exactly(0.5), exactly(0), batches, exactly(0.5), 8, take=3)
    expect(came["steps"] == [1, 2, 3] and len(came["asked"]) == 3, "more happened than was asked for")
    dtypes = {str(asked["x"].dtype) for asked in came["asked"]}
    expect(dtypes == {"torch.float32"}, f"the model was asked in {', '.join(dtypes)}; expected torch.float32")
