"""Hidden checks of the learned variance: fresh inputs, closed forms of the loss and of its gradients."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task

from .. import plays
from ..tests.near import EXACT, LONG, near
from .fresh import expect_in_step, fresh_batch, mixed


def two_ends(t: Tensor, alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return log beta-tilde, clipped at step 0, and log beta of each image."""
    signal = [1.0, *alpha_bar.tolist()]
    betas = [1 - signal[i + 1] / signal[i] for i in range(len(alpha_bar))]
    tilde = [beta * (1 - signal[i]) / (1 - signal[i + 1]) for i, beta in enumerate(betas)]
    tilde[0] = tilde[1]
    low, high = ([math.log(values[step]) for step in t.tolist()] for values in (tilde, betas))
    return exactly(*low), exactly(*high)


# -------------------- 3.3 hybrid_loss
@task("hybrid_loss", gate=True)
def test_learned_variance_is_an_answer_at_all(submission, seed):
    """The log-variance goes with v and the loss with the error, on fresh input"""
    x0, eps, t, alpha_bar = fresh_batch(seed, 12, 1, 4, 4)
    v = seed.fork("v").uniform(1, 1, 8, 8)
    one = submission.learned_variance.interpolated_log_variance(v, torch.tensor([2]), alpha_bar)
    expect_in_step(one.flatten(), v.flatten())
    size = torch.linspace(0, 4, 12, dtype=torch.float64).exp()
    off = size.reshape(12, 1, 1, 1) * seed.fork("off").normal(12, 1, 4, 4)
    x_t = mixed(alpha_bar.sqrt(), x0, (1 - alpha_bar).sqrt(), eps, t)
    within = seed.fork("within").uniform(12, 1, 4, 4)  # a v that leaves the other part of the loss small
    loss = submission.learned_variance.hybrid_loss(eps + off, within, x0, x_t, eps, t, alpha_bar, weight=1e-9)
    expect_in_step(loss.abs().log(), size.log())


@task("hybrid_loss")
@settings(max_examples=15)
@given(b=st.integers(1, 5), dims=st.lists(st.integers(1, 4), max_size=4), n=st.integers(0, 10**6))
def test_variance_is_exact_for_any_shape(submission, b, dims, n):
    """The log-variance is exact at fresh steps, also for v outside of [-1, 1]

    Interpolate the logarithms, (v + 1) / 2 of the way from beta tilde to beta, also for v outside of [-1, 1].
    Try step 0 and its neighbours.
    """
    v, _, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    log_variance = submission.learned_variance.interpolated_log_variance(v, t, alpha_bar)
    low, high = two_ends(t, alpha_bar)
    expected = torch.stack([(1 - s) / 2 * low[i] + (1 + s) / 2 * high[i] for i, s in enumerate(v)])
    near(log_variance, expected, "the log-variance", within=LONG)


@task("hybrid_loss", weight=2)
def test_hybrid_loss_and_its_gradients(submission, seed):
    """Loss and gradients with respect to both outputs are those of closed forms, at fresh later steps

    The bound trains the variance alone: the mean in it is detached, and the simple loss trains the
    prediction.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 5, 4)
    t = t.clamp(min=1)
    off, v, weight = seed.fork("off").normal(5, 4), seed.fork("v").uniform(5, 4), 0.25
    a, before = alpha_bar[t][:, None], alpha_bar[t - 1][:, None]
    x_t = a.sqrt() * x0 + (1 - a).sqrt() * eps
    low, high = (end[:, None] for end in two_ends(t, alpha_bar))
    log_variance = low + (v + 1) / 2 * (high - low)
    lost = (
        before.sqrt() * (1 - a / before) / (1 - a) * (1 - a).sqrt() / a.sqrt()
    )  # of the mean, for each noise
    quotient = torch.exp(low - log_variance) + (lost * off) ** 2 * torch.exp(-log_variance)
    bits = (log_variance - low + quotient - 1) / (2 * math.log(2))
    scale = weight * len(alpha_bar)
    came = submission.play(plays.hybrid_loss, eps + off, v, x0, x_t, eps, t, alpha_bar, weight)
    close(came["loss"], (off**2 + scale * bits).mean(1), rtol=1e-7, what="the loss")
    close(came["by eps_prediction"], off / 2, rtol=1e-7, what="the gradient with respect to eps_prediction")
    by_v = scale * (1 - quotient) * (high - low) / (4 * math.log(2)) / 4
    expect(isinstance(came["by v"], Tensor), "no gradient reaches v")
    close(came["by v"], by_v, rtol=1e-6, atol=1e-9, what="the gradient with respect to v")


@task("hybrid_loss")
def test_hybrid_loss_at_step_0(submission, seed):
    """At step 0, where a level's likelihood takes the place of KL, the loss and both gradients are finite

    At step 0 the likelihood of the grey level takes the place of KL. A torch.where over both hands a NaN's
    gradient on.
    """
    _, eps, _, alpha_bar = fresh_batch(seed, 3, 4)
    x0 = (seed.fork("levels").uniform(3, 4) * 256).floor() / 127.5 - 1
    t, off, v = (
        torch.zeros(3, dtype=torch.long),
        0.01 * seed.fork("off").normal(3, 4),
        seed.fork("v").uniform(3, 4),
    )
    x_t = alpha_bar[0].sqrt() * x0 + (1 - alpha_bar[0]).sqrt() * eps
    came = submission.play(plays.hybrid_loss, eps + off, v, x0, x_t, eps, t, alpha_bar, 0.25)
    expect(came["loss"].isfinite().all(), "the loss at step 0 is not finite")
    expect((came["loss"] > 0.01).all(), "the loss at step 0 lacks the cost of the grey levels")
    close(came["by eps_prediction"], off / 2, rtol=1e-7, what="the gradient with respect to eps_prediction")
    found = isinstance(came["by v"], Tensor) and bool((came["by v"].isfinite() & (came["by v"] != 0)).all())
    expect(found, "the gradient with respect to v at step 0 is missing, zero or not finite")
    below, above = (
        submission.learned_variance.hybrid_loss(eps + off, v + h, x0, x_t, eps, t, alpha_bar, 0.25)
        for h in (-1e-5, 1e-5)
    )
    what = "the gradient with respect to v, all values of an image together,"
    close(came["by v"].sum(1), (above - below) / 2e-5, rtol=1e-4, atol=1e-6, what=what)


@task("hybrid_loss")
def test_hybrid_loss_leaves_its_input_alone(submission, seed):
    """No argument is changed

    Methods that end in _ and assignments into a tensor change what the caller gave.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 2, 1, 3, 3)
    arguments = [eps, x0, x0, x0 + eps, eps, t, alpha_bar]
    came = submission.play(plays.hybrid_loss, *arguments, 0.1)
    near(came["arguments"], arguments, "the arguments afterwards", within=EXACT)
