"""Public checks of the learned variance: its two ends, its middle, and what trains what."""

import math

import torch

from autograder.checks import close, exactly, expect, expect_dtype, task

from .. import plays
from .near import SINGLE, expect_all_digits, near
from .triangles import ALPHA_BAR, BETA, BETA_TILDE, CAST, SHAPES, T, every_step, expect_refusal, noised

DETACH = "Only `v` learns from the bound: where does eps_prediction enter it, and how is it kept out?"


def at_step_3(*values: float) -> dict[str, torch.Tensor]:
    """Return x_0, x_t, eps and t of the example that runs through this assignment, once for each value."""
    n = len(values)
    return {
        "x0": exactly(10).expand(n),
        "x_t": exactly(6.8).expand(n),
        "eps": exactly(1).expand(n),
        "t": torch.full((n,), 3),
        "alpha_bar": ALPHA_BAR,
    }


# -------------------- 3.3 hybrid_loss
@task("hybrid_loss")
def test_variance_between_its_two_ends(submission):
    """v = -1 gives log beta-tilde, v = 1 gives log beta, and v = 0 the middle of the two logarithms"""
    log_variance = submission.learned_variance.interpolated_log_variance(
        exactly(-1, 1, 0), torch.tensor([3, 3, 3]), ALPHA_BAR
    )
    low, high = math.log(BETA_TILDE), math.log(BETA)
    hint = "The share of log beta is (v + 1) / 2; it is the logarithms that are mixed."
    expected = exactly(low, high, (low + high) / 2)
    near(log_variance, expected, "the log-variance", hint)
    expect_all_digits(log_variance, expected, "the log-variance")


@task("hybrid_loss")
def test_variance_of_the_first_step(submission):
    """At step 0 the lower end is the clipped log-variance, that of step 1, and the upper one is log beta_0"""
    log_variance = submission.learned_variance.interpolated_log_variance(
        exactly(-1, 1), torch.tensor([0, 0]), ALPHA_BAR
    )
    kept = 15 * 15 / (17 * 17)  # alpha_bar after step 1
    beta, beta_1 = 1 - 24 * 24 / (25 * 25), 1 - kept / (24 * 24 / (25 * 25))
    hint = "q_posterior gives the clipped logarithm; beta at step 0 is 1 - alpha_bar[0]."
    expected = exactly(math.log(beta_1 * beta / (1 - kept)), math.log(beta))
    near(log_variance, expected, "the log-variance at step 0", hint)


@task("hybrid_loss")
def test_variance_is_value_by_value(submission, seed):
    """Each value has its own v, each image its own step, and the log-variance grows evenly with v"""
    for dims in SHAPES:
        v, t, _ = every_step(seed, *dims)
        low, mid, high = (
            submission.learned_variance.interpolated_log_variance(v + shift, t, ALPHA_BAR)
            for shift in (0, 1, 2)
        )
        near(high - mid, mid - low, "the growth from v + 1 to v + 2")
        grown = (high - low).reshape(T, -1)
        expect((grown > -SINGLE).all(), "the log-variance falls when v grows", "Which end belongs to v = 1?")
        still = t[(grown < SINGLE).any(1)].tolist()
        hint = "log beta is above the clipped log beta-tilde at every step, the first one too."
        expect(not still, f"the log-variance does not change with v at steps {still}", hint)
    small = submission.learned_variance.interpolated_log_variance(v.float(), t, ALPHA_BAR)
    expect_dtype(small, torch.float32, CAST)
    close(small, low, rtol=1e-4, atol=1e-4, what="the log-variance in float32")


@task("hybrid_loss")
def test_variance_refuses_impossible_steps(submission):
    """Steps -1 and T raise ValueError"""
    expect_refusal(
        lambda v, _, t, alpha_bar: submission.learned_variance.interpolated_log_variance(v, t, alpha_bar)
    )


@task("hybrid_loss", weight=2)
def test_hybrid_loss_of_a_worked_example(submission):
    """Exact noise and beta-tilde cost nothing; with beta instead, lambda T L_t of 5 steps is left"""
    loss = submission.learned_variance.hybrid_loss(
        exactly(1, 1), exactly(-1, 1), **at_step_3(-1, 1), weight=0.5
    )
    hint = "The model is the posterior then, if v = -1 means beta-tilde and its image, 10, is not clipped."
    close(loss[:1], exactly(0), atol=1e-6, what="the loss of exact noise with beta-tilde", hint=hint)
    ratio = BETA_TILDE / BETA
    nats = (ratio - 1 - math.log(ratio)) / 2  # KL of two normal laws with one mean
    hint = "L_t in bits per dimension, times T, times lambda, added to the simple loss of the same image."
    expected = exactly(0.5 * 5 * nats / math.log(2))
    close(loss[1:], expected, rtol=SINGLE, what="the loss of exact noise with beta", hint=hint)


@task("hybrid_loss", weight=2)
def test_bound_is_that_of_the_prediction(submission):
    """Noise predicted as 2 instead of 1 costs 1, and 2.5 times 1.5585 bits for its mean, off by 0.7292"""
    example = at_step_3(-1)
    loss = submission.learned_variance.hybrid_loss(exactly(2), exactly(-1), **example, weight=0.5)
    nats = (0.546875 * 4 / 3) ** 2 / (2 * BETA_TILDE)  # the image is off by 4/3
    expected = exactly(1 + 0.5 * 5 * nats / math.log(2))
    hint = "The model's mean comes from the noise that is predicted, not from the true noise or image."
    close(loss, expected, rtol=SINGLE, what="the hybrid loss", hint=hint)
    expect_all_digits(loss, expected, "the hybrid loss")
    example |= {name: example[name].float() for name in ("x0", "x_t", "eps")}
    loss = submission.learned_variance.hybrid_loss(torch.tensor([2.0]), torch.tensor([-1.0]), **example)
    expect_dtype(loss, torch.float32, CAST)


@task("hybrid_loss")
def test_hybrid_loss_grows_with_its_weight(submission, seed):
    """With lambda = 0 it is the simple loss, twice lambda adds twice as much, and 0.001 is the default"""
    x0, t, eps = every_step(seed, 3)
    off, v, x_t = seed.fork("off").normal(5, 3), seed.fork("v").uniform(5, 3), noised(x0, t, eps)[0]
    inputs = (eps + off, v, x0, x_t, eps, t, ALPHA_BAR)
    hybrid_loss = submission.learned_variance.hybrid_loss
    simple, once, twice = (hybrid_loss(*inputs, weight=weight) for weight in (0.0, 0.001, 0.002))
    hint = "The simple loss of each image, for itself: the mean over its values of (eps_prediction - eps)^2."
    near(simple, off.square().mean(1), "the loss for lambda = 0", hint)
    hint = "The loss is a line in `weight`: what is multiplied by it, and what is not?"
    close(twice - once, once - simple, rtol=1e-4, atol=1e-6, what="what the second 0.001 adds", hint=hint)
    expect((once > simple).any(), "the bound adds nothing", hint)
    hint = "When no weight is given, it is 0.001, as in the signature."
    close(hybrid_loss(*inputs), once, rtol=SINGLE, what="the loss without a weight", hint=hint)


@task("hybrid_loss", weight=2)
def test_bound_trains_the_variance_alone(submission, seed):
    """The gradient with respect to eps_prediction is that of the simple loss, and v has one from the bound"""
    x0, t, eps = every_step(seed, 3)
    off, v, x_t = seed.fork("off").normal(5, 3), seed.fork("v").uniform(5, 3), noised(x0, t, eps)[0]
    came = submission.play(plays.hybrid_loss, eps + off, v, x0, x_t, eps, t, ALPHA_BAR, 0.5)
    what = "the gradient with respect to eps_prediction"
    near(came["by eps_prediction"], 2 / 3 * off, what, DETACH)
    hint = "What is detached is the prediction of the noise, not the variance."
    by_v = came["by v"]
    expect(isinstance(by_v, torch.Tensor) and (by_v != 0).any(), "no gradient reaches v", hint)
    hint = "See vlb_terms: torch.where differentiates what it does not take, too."
    expect(by_v.isfinite().all(), "the gradient with respect to v is not finite", hint)
    e = at_step_3(1)  # with the exact noise, and beta for its variance
    given = (e["eps"], exactly(1), e["x0"], e["x_t"], e["eps"], e["t"], ALPHA_BAR, 0.5)
    gap = math.log(BETA / BETA_TILDE)  # of the two ends; v goes through it from -1 to 1
    expected = exactly(0.5 * 5 / math.log(2) * (1 - BETA_TILDE / BETA) * gap / 4)
    by_v = submission.play(plays.hybrid_loss, *given)["by v"]
    close(by_v, expected, rtol=SINGLE, what="the gradient with respect to v at v = 1", hint=hint)
