"""Hidden checks of the bound on the likelihood: fresh inputs, torch's own divergences, and both tails."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from autograder.checks import CheckFailed, Seed, close, exactly, expect, task

from .. import plays
from ..tests.near import EXACT, LONG, near
from .fresh import expect_in_step, fresh_batch

TAIL = (
    1e-3  # of a log-probability near log(1e-12): a difference of two numbers near 1 keeps four digits there
)


def exact_cdf(z: float) -> float:
    """Return the normal distribution function."""
    return math.erfc(-z / math.sqrt(2)) / 2


def published_cdf(z: float) -> float:
    """Return the approximation by tanh that the published code uses."""
    return (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2


def log_probability(cdf, x0: float, mean: float, log_variance: float) -> float:
    """Return the log-probability of one grey level, by the distribution function that is given."""
    deviation = math.exp(log_variance / 2)
    upper = 1.0 if x0 > 0.999 else cdf((x0 - mean + 1 / 255) / deviation)
    lower = 0.0 if x0 < -0.999 else cdf((x0 - mean - 1 / 255) / deviation)
    return math.log(max(upper - lower, 1e-12))


def expect_likelihood(
    actual: Tensor, x0: Tensor, mean: Tensor, log_variance: Tensor, tolerance: float
) -> None:
    """Expect the log-probabilities of one of the two distribution functions, throughout."""
    cells = list(
        zip(x0.flatten().tolist(), mean.flatten().tolist(), log_variance.flatten().tolist(), strict=True)
    )
    exact, published = (
        exactly(*(log_probability(cdf, *cell) for cell in cells)).reshape(x0.shape)
        for cdf in (exact_cdf, published_cdf)
    )
    try:
        near(actual, published, within=tolerance)
    except CheckFailed:
        near(actual, exact, "the log-probability", within=tolerance)


def levels(seed: Seed, *shape: int) -> Tensor:
    """Return fresh grey levels in [-1, 1]."""
    return (seed.uniform(*shape) * 256).floor() / 127.5 - 1


# -------------------- 3.2 vlb_terms
@task("vlb_terms", gate=True)
def test_bound_is_an_answer_at_all(submission, reference, seed):
    """L_t grows with the model's error, image by image, on fresh input"""
    x0, eps, _, alpha_bar = fresh_batch(seed, 12, 1, 4, 4)
    t = torch.full((12,), 3)
    mean, variance, _ = reference.forward.q_posterior(x0, eps, t, alpha_bar)
    size = torch.linspace(0, 4, 12, dtype=torch.float64).exp()
    off = size.reshape(12, 1, 1, 1) * variance.sqrt() * seed.fork("off").normal(12, 1, 4, 4)
    given = (x0, eps, t, mean + off, variance.log())
    bits = [submission.likelihood.vlb_terms(*(one[i : i + 1] for one in given), alpha_bar) for i in range(12)]
    expect_in_step(torch.stack([one.flatten()[0] for one in bits]).abs().log(), size.log())


@task("vlb_terms")
@settings(max_examples=15)
@given(b=st.integers(1, 4), dims=st.lists(st.integers(1, 4), max_size=3), n=st.integers(0, 10**6))
def test_kl_is_torchs(submission, b, dims, n):
    """KL is that of torch.distributions, for laws of any shape

    Compare with torch.distributions for both orders of the two laws: arguments are log-variances, not
    deviations.
    """
    seed = Seed(n)
    mean_q, mean_p = seed.fork("mean q").normal(b, *dims), seed.fork("mean p").normal(b, *dims)
    log_q, log_p = (
        seed.fork("variance q").normal(b, *dims),
        seed.fork("variance p").normal(b, *(1 for _ in dims)),
    )
    kl = submission.likelihood.normal_kl(mean_q, log_q, mean_p, log_p)
    expected = kl_divergence(Normal(mean_q, (log_q / 2).exp()), Normal(mean_p, (log_p / 2).exp()))
    near(kl, expected, "the KL divergence", within=LONG)


@task("vlb_terms")
@settings(max_examples=15)
@given(b=st.integers(1, 4), dims=st.lists(st.integers(1, 4), max_size=3), n=st.integers(0, 10**6))
def test_likelihood_of_fresh_levels(submission, b, dims, n):
    """The log-probability of each level is exact, or that of the tanh form, near its mean

    Each level is the mass between its two edges, 1/255 on either side, or what the tanh form says of them;
    one log-probability for each value.
    """
    seed = Seed(n)
    x0, log_variance = levels(seed.fork("x0"), b, *dims), 2 * seed.fork("variance").normal(b, *dims) - 5
    mean = x0 + (log_variance / 2).exp() * seed.fork("mean").normal(b, *dims)
    actual = submission.likelihood.discretized_gaussian_log_likelihood(x0, mean, log_variance)
    expect_likelihood(actual, x0, mean, log_variance, 1e-7)


@task("vlb_terms")
def test_likelihood_in_the_tails(submission):
    """Five and six deviations away the log-probabilities still count, in float32 images too

    Five and six deviations away 1 - cdf rounds to 0: take differences on the side where both are small, or in
    logarithms.
    """
    x0 = torch.linspace(-1, 1, 256)[[20, 40, 220, 240]].double()
    log_variance = torch.full((4,), 2 * math.log(0.02), dtype=torch.float64)
    mean = x0 + exactly(5, -5, 6, -6) * 0.02
    for dtype, tolerance in ((torch.float64, TAIL), (torch.float32, 10 * TAIL)):  # float32 moves x0 - mean
        given_ = [value.to(dtype) for value in (x0, mean, log_variance)]
        actual = submission.likelihood.discretized_gaussian_log_likelihood(*given_)
        expect_likelihood(actual, x0, mean, log_variance, tolerance)


@task("vlb_terms")
def test_likelihood_of_the_two_outer_levels(submission):
    """What lies beyond black and white counts as black and white

    Black takes all below its upper edge, white all above its lower one: try values at -1 and 1 with the mean
    beyond.
    """
    x0, mean = exactly(-1, 1, -1, 1), exactly(-1.7, 1.9, -0.9, 0.9)
    actual = submission.likelihood.discretized_gaussian_log_likelihood(
        x0, mean, torch.full((4,), -4.0).double()
    )
    expect_likelihood(actual, x0, mean, torch.full((4,), -4.0), 1e-7)
    far = submission.likelihood.discretized_gaussian_log_likelihood(
        exactly(0), exactly(0.9), exactly(-12), floor=1e-6
    )
    near(far, exactly(math.log(1e-6)), "a level far away for floor = 1e-6", within=LONG)


@task("vlb_terms", weight=2)
def test_bound_of_a_mixed_batch(submission, seed):
    """Each image of a batch has the term of its own step, KL in bits, or at step 0 the grey levels' cost

    Try a batch with step 0 among others: each image has its own term, in bits, a mean over its values.
    """
    _, eps, _, alpha_bar = fresh_batch(seed, 5, 2, 3)
    x0, t = levels(seed.fork("levels"), 5, 2, 3), torch.tensor([4, 0, 1, 5, 0])
    mean = x0 + 0.1 * seed.fork("mean").normal(5, 2, 3)
    log_variance = seed.fork("variance").normal(5, 1, 1) - 3
    bits = submission.likelihood.vlb_terms(x0, eps, t, mean, log_variance, alpha_bar)
    for i, step in enumerate(t.tolist()):
        law = Normal(mean[i], (log_variance[i] / 2).exp())
        if step:
            now, earlier = alpha_bar[step], alpha_bar[step - 1]
            precision = now / (earlier - now) + 1 / (1 - earlier)
            at = (earlier * now).sqrt() / (earlier - now) * eps[i] + earlier.sqrt() / (1 - earlier) * x0[i]
            nats = kl_divergence(Normal(at / precision, precision.rsqrt()), law).mean()
            near(bits[i], nats / math.log(2), f"L_t of image {i}", within=LONG)
        else:
            wide = log_variance[i].expand(2, 3)
            exact, published = (
                sum(map(log_probability, [cdf] * 6, *(v.flatten().tolist() for v in (x0[i], mean[i], wide))))
                / 6
                for cdf in (exact_cdf, published_cdf)
            )
            off = min(abs(bits[i].item() * math.log(2) + nats) for nats in (exact, published))
            expect(off < 1e-6, f"L_0 of image {i} is {bits[i]:.7g}; expected {-exact / math.log(2):.7g}")


@task("vlb_terms")
def test_prior_term_on_fresh_input(submission, seed):
    """L_T is the divergence of q(x_T | x_0) from N(0, 1) in bits, and exactly 0 where no signal is left

    KL of q(x_T | x_0) from N(0, 1) with mean sqrt(alpha_bar_T) x_0, in bits, and exactly 0 where no signal is
    left.
    """
    x0, _, _, alpha_bar = fresh_batch(seed, 4, 2, 3)
    left = alpha_bar[-1]
    law = Normal(left.sqrt() * x0, (1 - left).sqrt().expand(4, 2, 3))
    nats = kl_divergence(law, Normal(torch.zeros(4, 2, 3).double(), 1.0)).mean((1, 2))
    bits = submission.likelihood.prior_term(x0, alpha_bar)
    near(bits, nats / math.log(2), "L_T", within=LONG)
    none = submission.likelihood.prior_term(x0, exactly(0.5, 0))
    near(none, torch.zeros(4), "L_T without signal", within=EXACT)


@task("vlb_terms")
def test_prior_term_of_the_linear_schedule(submission, reference):
    """After 1000 linear steps black and white images cost 2.018e-5 nats in each value

    Compute the prior term of black and white images after 1000 linear steps by hand: it is small, and log(1 -
    alpha_bar) must not round to 0.
    """
    alpha_bar = reference.schedule.alpha_bars(reference.schedule.linear_betas(1000))
    bits = submission.likelihood.prior_term(torch.ones(1, 1, 2, 2).double(), alpha_bar)
    close(bits * math.log(2), exactly(2.018e-5), rtol=1e-3, what="L_T in nats")


@task("vlb_terms")
def test_bounds_leave_their_input_alone(submission, seed):
    """No argument of the four functions is changed

    Methods that end in _ and assignments into a tensor change what the caller gave.
    """
    x0, eps, t, alpha_bar = fresh_batch(seed, 2, 1, 3, 3)
    arguments = [x0, eps, t, x0 + 0.1, torch.zeros_like(x0), alpha_bar]
    after = submission.play(plays.after_vlb_terms, *arguments)
    close(after, arguments, rtol=0, what="the arguments afterwards")
