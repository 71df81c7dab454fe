"""Hidden checks of the noise schedules: fresh inputs, extreme values, independent formulas."""

import math
from itertools import accumulate

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task

from ..tests.near import EXACT, LONG, near


def signal_after(betas: Tensor) -> list[float]:
    """Return the signal variance before step 0 and after each step, multiplied out one by one."""
    return [1.0, *accumulate((1 - beta for beta in betas.tolist()), lambda left, kept: left * kept)]


def small_betas(seed: Seed, T: int) -> Tensor:
    """Return T fresh betas that leave between a third and two thirds of the signal."""
    return (0.4 + 0.7 * seed.uniform(T)) / T


def expect_roughly(actual: Tensor, expected: Tensor) -> None:
    """Expect as many values, give or take one, most of them of the right size within a factor of 3."""
    n = min(len(actual), len(expected))
    ratio = (actual[:n] / expected[:n]).abs()
    near = ((ratio > 1 / 3) & (ratio < 3)).double().mean()
    expect(abs(len(actual) - len(expected)) <= 1 and near > 0.5, "the values are of another size altogether")


# -------------------- 1.1 linear_betas
@task("linear_betas", gate=True)
def test_linear_is_an_answer_at_all(submission, seed):
    """The betas are of the right size for fresh settings"""
    T = seed.fork("T").integer(500, 900)
    first, last = 0.001 * seed.fork("first").integer(50, 100), 0.001 * seed.fork("last").integer(400, 600)
    betas = submission.schedule.linear_betas(T, beta_start=first, beta_end=last)
    expect_roughly(betas, torch.full((T,), (first + last) / 2))


@task("linear_betas")
@settings(max_examples=20)
@given(T=st.integers(2, 400), first=st.floats(1e-5, 0.1), last=st.floats(0.1, 0.9))
def test_linear_is_linear_in_t(submission, T, first, last):
    """Every beta lies on the line through the end points, for any T and any end points

    Both ends are reached, for any T, T = 1 too: T points have T - 1 gaps.
    """
    betas = submission.schedule.linear_betas(T, beta_start=first, beta_end=last)
    line = exactly(*(first * (1 - t / (T - 1)) + last * t / (T - 1) for t in range(T)))
    close(betas, line, rtol=EXACT, atol=1e-15, what="betas")


@task("linear_betas")
def test_linear_adds_up(submission, seed):
    """The betas add up to T times the mean of the end points (10.05 for T = 1000)

    The betas add up to T times the mean of the two ends. Are there T of them?
    """
    for T in (1000, seed.fork("T").integer(20, 400)):
        total = submission.schedule.linear_betas(T).sum()
        close(total, exactly(T * 0.01005)[0], rtol=1e-5, what=f"the sum of the betas for T = {T}")


# -------------------- 1.2 cosine_betas
@task("cosine_betas", gate=True)
def test_cosine_is_an_answer_at_all(submission, reference, seed):
    """The betas are of the right size for fresh settings"""
    T, s = seed.fork("T").integer(200, 800), 0.001 * seed.fork("s").integer(10, 30)
    expect_roughly(submission.schedule.cosine_betas(T, s=s), reference.schedule.cosine_betas(T, s=s))


@task("cosine_betas")
def test_cosine_leaves_the_published_signal(submission):
    """At T = 1000 the signal is 0.4938436 after half of the steps and 2.43e-9 at the end

    f is a squared cosine with offset s, and alpha_bar is f(t) / f(0) at the END of step t: t + 1 steps of T.
    """
    left = signal_after(submission.schedule.cosine_betas(1000))
    close(exactly(left[500]), exactly(0.4938436), rtol=1e-7, what="the signal after 500 steps")
    close(exactly(left[1000]), exactly(2.4287669e-9), rtol=1e-7, what="the signal after 1000 steps")


@task("cosine_betas")
def test_cosine_without_offset_is_symmetric(submission, seed):
    """With s = 0 the signal at u and the signal at 1 - u add up to 1

    With s = 0 signals at u and at 1 - u add up to 1: is the cosine squared, and its angle pi / 2 times the
    share?
    """
    T = seed.fork("T").integer(11, 60)
    left = exactly(*signal_after(submission.schedule.cosine_betas(T, s=0.0))[:-1])  # the last beta is clipped
    close(left[1:] + left[1:].flip(0), torch.ones(T - 1), rtol=LONG, what="signal(u) + signal(1 - u)")


@task("cosine_betas")
@settings(max_examples=20)
@given(T=st.integers(1, 300), s=st.floats(0.001, 0.1), max_beta=st.floats(0.3, 0.9999))
def test_cosine_follows_its_formula(submission, T, s, max_beta):
    """Every beta is one minus the ratio of neighbouring values of f, or max_beta if that is smaller

    beta = 1 - f((t + 1) / T) / f(t / T), at most max_beta. Try other s and max_beta.
    """
    f = [math.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2 for i in range(T + 1)]
    expected = exactly(*(min(1 - f[i + 1] / f[i], max_beta) for i in range(T)))
    betas = submission.schedule.cosine_betas(T, s=s, max_beta=max_beta)
    close(betas, expected, rtol=LONG, atol=1e-14, what="betas")  # 1 - ratio keeps 1e-16 of 1


# -------------------- 1.3 alpha_bars
@task("alpha_bars", gate=True)
def test_alpha_bars_is_an_answer_at_all(submission, seed):
    """The signal that is left is of the right size for a fresh schedule"""
    betas = small_betas(seed, seed.fork("T").integer(200, 400))
    expect_roughly(submission.schedule.alpha_bars(betas), exactly(*signal_after(betas)[1:]))


@task("alpha_bars")
def test_alpha_bars_of_published_schedule(submission, reference):
    """The linear schedule of 1000 steps leaves 0.9999, 0.0785872 and 4.03583e-5

    The product of all 1 - beta up to and with step t, in float64.
    """
    alpha_bar = submission.schedule.alpha_bars(reference.schedule.linear_betas(1000))
    expected = exactly(0.9999, 0.0785872, 4.03583e-5)
    close(alpha_bar[[0, 499, 999]], expected, rtol=1e-6, what="alpha_bar after 1, 500, 1000 steps")


@task("alpha_bars")
@settings(max_examples=20)
@given(betas=st.lists(st.floats(1e-6, 0.9), min_size=1, max_size=40))
def test_alpha_bars_is_the_sum_of_logarithms(submission, betas):
    """The logarithm of alpha_bar is the sum of log(1 - beta), for any betas

    log alpha_bar[t] is the sum of log(1 - beta) up to t: the entry at t includes step t.
    """
    logs = accumulate(math.log1p(-beta) for beta in betas)
    expected = exactly(*(math.exp(log) for log in logs))
    close(submission.schedule.alpha_bars(exactly(*betas)), expected, rtol=LONG, what="alpha_bar")


@task("alpha_bars")
def test_alpha_bars_keeps_tiny_losses(submission):
    """A thousand betas of 1e-9 take away 1e-6, which float32 cannot see

    Try a thousand betas of 1e-9: float32 rounds 1 - beta to 1, float64 does not.
    """
    alpha_bar = submission.schedule.alpha_bars(torch.full((1000,), 1e-9, dtype=torch.float64))
    lost = 1 - alpha_bar[[0, -1]]
    close(lost, exactly(1e-9, 9.99999500500e-7), rtol=1e-5, what="1 - alpha_bar")  # 1e-16 of 1, per step


# -------------------- 1.4 log_snr
@task("log_snr", gate=True)
def test_log_snr_is_an_answer_at_all(submission, seed):
    """The values are of the right size for fresh signals"""
    alpha_bar = 0.001 + 0.02 * seed.fork("alpha_bar").uniform(seed.fork("T").integer(20, 90))
    expect_roughly(submission.schedule.log_snr(alpha_bar), torch.logit(alpha_bar))


@task("log_snr")
@settings(max_examples=20)
@given(alpha_bar=st.lists(st.floats(1e-6, 1 - 1e-6), min_size=1, max_size=10))
def test_log_snr_is_undone_by_the_sigmoid(submission, alpha_bar):
    """The sigmoid of log_snr is alpha_bar again, for any signal

    log(alpha_bar / (1 - alpha_bar)): the sigmoid of it is alpha_bar.
    """
    value = submission.schedule.log_snr(exactly(*alpha_bar))
    close(torch.sigmoid(value), exactly(*alpha_bar), rtol=LONG, what="sigmoid(log_snr)")


@task("log_snr")
def test_log_snr_at_the_extremes(submission):
    """A signal of 1e-30 gives -69.08 and noise of 2 ** -50 gives 34.66: nothing is clipped

    Try alpha_bar = 1e-30 and 1 - 2^-50: nothing is clipped and no eps is added; log1p keeps the digits.
    """
    value = submission.schedule.log_snr(exactly(1e-30, 1 - 2**-50))
    expected = exactly(-30 * math.log(10), 50 * math.log(2))
    close(value, expected, rtol=EXACT, what="log_snr of 1e-30, 1 - 2 ** -50")


@task("log_snr")
def test_log_snr_of_the_linear_schedule(submission, reference):
    """The linear schedule of 1000 steps runs from 9.21 to -10.12, and its zero-terminal form to -inf

    A natural logarithm, without a factor; alpha_bar of 0 gives minus infinity.
    """
    betas = reference.schedule.linear_betas(1000)
    value = submission.schedule.log_snr(reference.schedule.alpha_bars(betas))
    close(value[[0, -1]], exactly(9.210240, -10.117673), rtol=1e-6, what="the first and the last value")
    alpha_bar = reference.schedule.alpha_bars(reference.schedule.zero_terminal_snr(betas))
    last = submission.schedule.log_snr(alpha_bar)[-1].item()
    expect(last == -math.inf, f"the last value is {last:.7g}; expected -inf")


# -------------------- 1.5 zero_terminal_snr
@task("zero_terminal_snr", gate=True)
def test_zero_terminal_is_an_answer_at_all(submission, seed):
    """Hardly any signal is left, and the first half of the betas is of the right size, on fresh input"""
    T = seed.fork("T").integer(200, 400)
    betas = torch.linspace(0.001, 0.03, T, dtype=torch.float64) * (0.9 + 0.2 * seed.fork("betas").uniform(T))
    changed = submission.schedule.zero_terminal_snr(betas)
    expect_roughly(changed[: T // 2], betas[: T // 2])
    expect(signal_after(changed)[-1] < signal_after(betas)[-1] / 3, "as much signal is left as before")


@task("zero_terminal_snr")
def test_zero_terminal_does_nothing_twice(submission, seed):
    """Applied to its own result it changes nothing

    Apply it to its own result: nothing may change, so the first value is kept and the last is exactly 0.
    """
    once = submission.schedule.zero_terminal_snr(small_betas(seed, seed.fork("T").integer(20, 200)))
    twice = submission.schedule.zero_terminal_snr(once)
    close(twice, once, rtol=LONG, atol=1e-13, what="the betas after the second time")  # 1 - ratio, twice


@task("zero_terminal_snr", weight=3)
def test_zero_terminal_follows_the_algorithm(submission, seed):
    """The square roots of alpha_bar are those of Algorithm 1, for a fresh schedule and for two steps

    It is the square roots of alpha_bar that are shifted and scaled, so that the last is 0 and the first
    stays. Try two steps.
    """
    for betas in (small_betas(seed, seed.fork("T").integer(20, 200)), exactly(0.25, 0.36)):
        left = exactly(*signal_after(betas)[1:]).sqrt()
        stretch = 1 / (1 - left[-1] / left[0])
        expected = left * stretch + left[0] * (1 - stretch)
        changed = exactly(*signal_after(submission.schedule.zero_terminal_snr(betas))[1:]).sqrt()
        near(changed, expected, "the square roots", within=LONG)


@task("zero_terminal_snr")
def test_zero_terminal_of_the_linear_schedule(submission, reference):
    """The linear schedule of 1000 steps keeps 0.9999 at first and leaves nothing at last

    The first alpha_bar stays what it was; the last beta is then 1.
    """
    betas = submission.schedule.zero_terminal_snr(reference.schedule.linear_betas(1000))
    alpha_bar = reference.schedule.alpha_bars(betas)
    close(alpha_bar[:1], exactly(0.9999), rtol=EXACT, what="alpha_bar")
    close(alpha_bar[-1:], exactly(0), what="the last alpha_bar")
    expect(((betas > 0) & (betas <= 1)).all(), "some betas are outside (0, 1]; expected variances")
