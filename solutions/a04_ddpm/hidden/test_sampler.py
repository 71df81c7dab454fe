"""Hidden checks of ancestral sampling: fresh steps, and whole chains against their exact law."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import Seed, any_of, close, exactly, expect, expect_dtype, task
from common import exact

from .. import plays, plays_model
from ..tests.near import EXACT, LONG, near
from .fresh import expect_in_step, fresh_batch

MEAN, STD, STEPS = 0.3, 0.25, 20  # the data of the exact chain, and its number of steps


def spread_of(alpha_bar: Tensor, t: int, variance: str) -> float:
    """Return the variance of step t, by name."""
    now, earlier = alpha_bar[t].item(), alpha_bar[t - 1].item() if t else 1.0
    beta = 1 - now / earlier
    return beta if variance == "beta" else beta * (1 - earlier) / (1 - now)


def mean_of(x0: Tensor, x_t: Tensor, alpha_bar: Tensor, t: int) -> Tensor:
    """Return E[x_{t-1} | x_t, x_0], by adding precisions; at step 0 it is x_0."""
    if t == 0:
        return x0
    now, earlier = alpha_bar[t].item(), alpha_bar[t - 1].item()
    from_x0 = (earlier - now) / (1 - earlier)  # in units of the precision that comes from x_t, over `now`
    return (math.sqrt(earlier * now) * x_t + math.sqrt(earlier) * from_x0 * x0) / (now + from_x0)


def exact_tables(alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return slope and shift, step by step, of the noise that an exact model of N(MEAN, STD**2) predicts."""
    scale, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    at_0, at_1 = (
        -noise * exact.gaussian_score(torch.full_like(scale, x), scale, noise, MEAN, STD**2)
        for x in (0.0, 1.0)
    )
    return at_1 - at_0, at_0


def probe(submission, slope, shift, alpha_bar, *settings) -> tuple[Tensor, Tensor, Tensor]:
    """Return a chain's intercept, its slope and the coefficient of each noise, from one batch."""
    T = len(alpha_bar)
    x_T, noises = torch.zeros(T + 2).double(), torch.zeros(T, T + 2).double()
    x_T[1] = 1
    noises[range(T), range(2, T + 2)] = 1
    result = submission.play(plays_model.sample, slope, shift, x_T, noises, alpha_bar, *settings)["result"]
    return result[0], result[1] - result[0], result[2:] - result[0]


# -------------------- 4.1 sample
@task("sample", gate=True)
def test_step_is_an_answer_at_all(submission, seed):
    """x_{t-1}, or its mean, is made of the prediction, x_t and the noise, on fresh input"""
    prediction, x_t, noise = (seed.fork(name).normal(2, 1, 16, 16) for name in ("prediction", "x_t", "noise"))
    alpha_bar, t = exactly(0.9, 0.6, 0.3), torch.tensor([2, 2])
    expected = 0.55 * prediction + 0.4 * x_t  # the mean

    def step() -> None:
        x = submission.sampler.p_step(prediction, x_t, t, noise, alpha_bar, "x0")
        expect_in_step(x.flatten(), (expected + 0.53 * noise).flatten())

    def law() -> None:
        mean, variance = submission.sampler.p_mean_variance(prediction, x_t, t, alpha_bar, "x0")
        expect_in_step(mean.flatten(), expected.flatten())
        expect(0.05 < variance.mean() < 0.9, "the variance is of another size altogether")  # 0.29 or 0.5

    any_of(step, law)


@task("sample")
@settings(max_examples=15)
@given(
    b=st.integers(1, 5),
    dims=st.lists(st.integers(1, 4), max_size=3),
    form=st.sampled_from(["eps", "x0", "v"]),
    variance=st.sampled_from(["beta", "beta_tilde"]),
    clip=st.booleans(),
    n=st.integers(0, 10**6),
)
def test_steps_are_exact_for_any_shape(submission, reference, b, dims, form, variance, clip, n):
    """x_{t-1} is exact for fresh input of any shape, in all forms, with both variances, clipped or not

    Try each form with each variance, clipped and not, and t = 0 in a batch: x_0 is clipped before the mean is
    formed, and step 0 adds no noise.
    """
    prediction, x_t, t, alpha_bar = fresh_batch(Seed(n), b, *dims)
    noise = Seed(n).fork("noise").normal(b, *dims)
    x0 = prediction
    if form != "x0":
        x0 = getattr(reference.forward, f"x0_from_{form}")(x_t, prediction, t, alpha_bar)
    x0 = x0.clamp(-1, 1) if clip else x0
    x = submission.sampler.p_step(prediction, x_t, t, noise, alpha_bar, form, variance, clip)
    for i, step in enumerate(t.tolist()):
        expected = mean_of(x0[i], x_t[i], alpha_bar, step)
        if step:
            expected = expected + math.sqrt(spread_of(alpha_bar, step, variance)) * noise[i]
        near(x[i], expected, f"image {i} at step {step}", within=LONG)


@task("sample", weight=2)
def test_exact_model_gives_the_exact_law(submission, reference):
    """With the exact model of N(0.3, 0.25^2), 20 cosine steps end at deviation 0.1987 (beta: 0.2658)

    Sample with the exact model of a Gaussian: its deviation tells which variance was taken, and whether noise
    is added at the last step.
    """
    alpha_bar = reference.schedule.alpha_bars(reference.schedule.cosine_betas(STEPS))
    slope, shift = exact_tables(alpha_bar)
    for variance, known in (("beta_tilde", 0.19874), ("beta", 0.26584)):
        mean, deviation = law_of_the_chain(alpha_bar, variance)
        close(deviation, known, rtol=1e-4, what="the deviation that this check states")
        intercept, of_x_T, of_noise = probe(submission, slope, shift, alpha_bar, "eps", variance)
        close(intercept, exactly(mean)[0], rtol=1e-6, what="the mean of the samples")
        near(of_noise[-1], exactly(0)[0], "the coefficient of the noise of step 0", within=EXACT)
        total = (of_x_T**2 + (of_noise**2).sum()).sqrt()
        hint = f"{known:.4f} is exact: so few steps do not give the data's own 0.25."
        close(total, exactly(deviation)[0], rtol=1e-6, what=f"the deviation with {variance}", hint=hint)


@task("sample")
def test_chain_of_a_fresh_model(submission, seed):
    """Slope, intercept and every coefficient of a chain are exact for a fresh model and schedule

    Count the steps from T - 1 down to 0, and give each noise to its own step: the first one to step T - 1.
    """
    T = seed.fork("T").integer(4, 12)
    slope, shift = 0.5 * seed.fork("slope").normal(T), seed.fork("shift").normal(T)
    alpha_bar = (1 - 0.02 - 0.3 * seed.fork("alpha_bar").uniform(T)).log().cumsum(0).exp()
    for form, variance in (("eps", "beta"), ("v", "beta_tilde")):
        a, b, coefficients = torch.ones(1).double(), torch.zeros(1).double(), []
        for t in reversed(range(T)):
            s = alpha_bar[t].item()

            def move(x: Tensor, t: int = t, s: float = s, form: str = form) -> Tensor:
                said = slope[t] * x + shift[t]
                if form == "eps":
                    return mean_of((x - math.sqrt(1 - s) * said) / math.sqrt(s), x, alpha_bar, t)
                return mean_of(math.sqrt(s) * x - math.sqrt(1 - s) * said, x, alpha_bar, t)

            at_0 = move(torch.zeros(1).double())
            of_x = move(torch.ones(1).double()) - at_0
            a, b, coefficients = of_x * a, of_x * b + at_0, [of_x * c for c in coefficients]
            coefficients.append(exactly(math.sqrt(spread_of(alpha_bar, t, variance)) if t else 0.0))
        intercept, of_x_T, of_noise = probe(submission, slope, shift, alpha_bar, form, variance)
        close(intercept, b[0], rtol=1e-7, atol=LONG, what="the result from zeros alone")
        close(of_x_T, a[0], rtol=1e-7, atol=LONG, what="the coefficient of x_T")
        close(of_noise, torch.cat(coefficients), rtol=1e-7, atol=LONG, what="the coefficient of noise")


@task("sample")
def test_sampling_from_zero_terminal_noise(submission, seed):
    """With v a chain begins where no signal is left, and a clipped one stays within [-1, 1] at its end

    With v begin at alpha_bar = 0: x_0 from v divides by nothing. What is clipped is x_0, not x.
    """
    T = 6
    alpha_bar = torch.linspace(0.95, 0, T, dtype=torch.float64)
    x_T, noises = seed.fork("x_T").normal(2, 1, 3, 3), seed.fork("noises").normal(T, 2, 1, 3, 3)
    tables = (2 * seed.fork("slope").normal(T), seed.fork("shift").normal(T))
    came = submission.play(plays_model.sample, *tables, x_T, noises, alpha_bar, "v", "beta", True)
    expect(came["result"].isfinite().all(), "the result is not finite, though v needs no signal")
    expect(came["result"].abs().max() <= 1, "the last image is clipped, so it must lie within [-1, 1]")
    before = came["asked"][1]["x"]
    x0 = -(tables[0][-1] * x_T + tables[1][-1])  # of pure noise, v is minus the image
    spread = spread_of(alpha_bar, T - 1, "beta")
    expected = mean_of(x0.clamp(-1, 1), x_T, alpha_bar, T - 1) + math.sqrt(spread) * noises[0]
    near(before, expected, "x after the first step", within=LONG)
    x = x_T
    for t, noise in zip(reversed(range(T)), noises, strict=True):
        s = alpha_bar[t].item()
        x0 = math.sqrt(s) * x - math.sqrt(1 - s) * (tables[0][t] * x + tables[1][t])
        x = mean_of(x0.clamp(-1, 1), x, alpha_bar, t)
        x = x + math.sqrt(spread_of(alpha_bar, t, "beta")) * noise if t else x
    near(came["result"], x, "the last image", within=LONG)


@task("sample")
def test_sampling_goes_through_noises_once(submission, seed):
    """Noises may come from an iterator, float32 images stay float32, and nothing that came in is changed

    Noises may be an iterator: go through it once, without len or an index. float32 stays, nothing is changed.
    """
    T = 5
    alpha_bar = torch.linspace(0.9, 0.1, T, dtype=torch.float64)
    x_T, noises = (
        seed.fork("x_T").normal(2, 1, 3, 3).float(),
        seed.fork("noises").normal(T, 2, 1, 3, 3).float(),
    )
    tables = (seed.fork("slope").uniform(T), seed.fork("shift").normal(T))
    once, again = (
        submission.play(plays_model.sample, *tables, x_T, noises, alpha_bar, training=True, lazy=lazy)
        for lazy in (True, False)
    )
    close(once["result"], again["result"], rtol=0, what="the result from an iterator")
    expect_dtype(once["result"], torch.float32)
    expect(not once["tracked"] and once["training"], "a gradient is recorded, or the model's mode is lost")
    close(once["arguments"], [x_T, noises, alpha_bar], rtol=0, what="the arguments afterwards")


@task("sample")
def test_steps_leave_their_input_alone(submission, seed):
    """No argument of p_mean_variance and p_step is changed

    Methods that end in _ and assignments into a tensor change what the caller gave.
    """
    prediction, x_t, t, alpha_bar = fresh_batch(seed, 3, 1, 2, 2)
    arguments = [3 * prediction, x_t, t, x_t + prediction, alpha_bar]
    after = submission.play(plays.after_p_step, *arguments)
    close(after, arguments, rtol=0, what="the arguments afterwards")


def law_of_the_chain(alpha_bar: Tensor, variance: str) -> tuple[float, float]:
    """Return mean and deviation of what the exact model makes of N(0, 1), by regression, step by step."""
    mean, square = 0.0, 1.0
    for t in reversed(range(len(alpha_bar))):
        now, earlier = alpha_bar[t].item(), alpha_bar[t - 1].item() if t else 1.0
        total = now * STD**2 + 1 - now  # of x_t
        shared = math.sqrt(now / earlier) * (earlier * STD**2 + 1 - earlier)  # of x_{t-1} and x_t
        slope = shared / total
        mean = math.sqrt(earlier) * MEAN + slope * (mean - math.sqrt(now) * MEAN)
        square = slope**2 * square + (spread_of(alpha_bar, t, variance) if t else 0.0)
    return mean, math.sqrt(square)
