"""Public checks of the bound on the likelihood: numbers that you can work out by hand, and sums."""

import math

import torch
from torch import Tensor

from autograder.checks import CheckFailed, close, expect, task

from .triangles import ALPHA_BAR, NEAR, every_step, exactly, expect_dtype, noised

LEVELS = torch.linspace(-1, 1, 256, dtype=torch.float64)
NARROW = 2 * math.log(1 / 255)  # the log-variance of a deviation of 1/255, half a level's width


def close_to_one_of(actual: Tensor, exact: Tensor, published: Tensor, hint: str, what: str) -> None:
    """Accept the exact normal probabilities and the tanh form of the published code alike."""
    try:
        close(actual, published, rtol=NEAR, atol=1e-7, what=what)
    except CheckFailed:
        close(actual, exact, rtol=NEAR, atol=1e-7, what=what, hint=hint)


# -------------------- 3.2 vlb_terms
@task("vlb_terms")
def test_kl_of_known_normals(submission):
    """KL is 2 from N(2, 1) to N(0, 1), 2.194528 from N(0, e^2), and 0.567668 from N(0, 1) to N(0, e^2)"""
    kl = submission.likelihood.normal_kl(
        exactly(2, 0, 0), exactly(0, 2, 0), exactly(0, 0, 0), exactly(0, 0, 2)
    )
    hint = "Both variances come as logarithms; the quotient and the squared distance belong to p's variance."
    close(kl, exactly(2, 2.194528049, 0.5676676416), rtol=NEAR, what="the KL divergence", hint=hint)


@task("vlb_terms")
def test_kl_is_value_by_value(submission, seed):
    """KL of a law to itself is 0 in every value, and a variance of shape (b, 1, 1) is enough"""
    mean, log_variance = seed.fork("mean").normal(2, 3, 4), seed.fork("variance").normal(2, 1, 1)
    kl = submission.likelihood.normal_kl(mean, log_variance, mean, log_variance)
    close(kl, torch.zeros(2, 3, 4), atol=1e-9, what="the KL divergence", hint="Sums and means come later.")


@task("vlb_terms")
def test_grey_levels_have_probabilities(submission):
    """The probabilities of the 256 levels add up to 1, wherever the mean is and however wide the law"""
    for mean, log_variance in ((0.1, -6.0), (0.97, -3.0), (-1.4, 0.0), (0.5, 2 * math.log(1 / 255))):
        log_probability = submission.likelihood.discretized_gaussian_log_likelihood(
            LEVELS[:, None], torch.full((256, 1), mean).double(), torch.full((256, 1), log_variance).double()
        )
        hint = "Each level ends where the next begins, half way; black and white have no outer end."
        what = f"the sum of all probabilities for the mean {mean}"
        close(log_probability.exp().sum(), exactly(1)[0], rtol=1e-7, what=what, hint=hint)


@task("vlb_terms")
def test_grey_level_at_the_mean(submission):
    """With a deviation of half a level the level at the mean has probability 0.6827 (0.6824 by tanh)"""
    at = LEVELS[[100, 0]]
    log_probability = submission.likelihood.discretized_gaussian_log_likelihood(
        at, at, exactly(NARROW, NARROW)
    )
    hint = "The level reaches one deviation to both sides; below the darkest one there is no end."
    exact, published = exactly(0.6826894921, 0.8413447461).log(), exactly(0.6823839844, 0.8411919922).log()
    close_to_one_of(log_probability, exact, published, hint, "the log-probability in the middle and at -1")


@task("vlb_terms")
def test_grey_levels_far_away_have_the_smallest_probability(submission):
    """A level a hundred deviations away has log-probability log(1e-12) = -27.631, not -inf"""
    log_probability = submission.likelihood.discretized_gaussian_log_likelihood(
        exactly(0.2, -1), exactly(1, 1), exactly(2 * math.log(0.01), 2 * math.log(0.01))
    )
    hint = "Raise probabilities below `floor` to it before you take the logarithm."
    close(
        log_probability, exactly(-27.63102112, -27.63102112), rtol=NEAR, what="the log-probability", hint=hint
    )


@task("vlb_terms")
def test_vlb_term_of_a_worked_example(submission):
    """From alpha_bar 0.36 back to 0.64, a mean that is off by 0.5 costs 0.25 / (2 * 0.24609375 ln 2) bits"""
    variance = exactly(0.24609375)
    bits = submission.likelihood.vlb_terms(
        exactly(10), exactly(6.8), torch.tensor([3]), exactly(8.8375), variance.log(), ALPHA_BAR
    )
    hint = "The posterior has mean 8.3375 and variance 0.24609375. KL is in nats, and a bit has ln 2 of them."
    close(bits, exactly(0.7327980), rtol=NEAR, what="L_t", hint=hint)


@task("vlb_terms")
def test_vlb_terms_are_means_over_values(submission, seed):
    """A model that matches the posterior costs nothing, and one value in six that is off costs a sixth"""
    x0, t, eps = every_step(seed, 2, 3)
    t = t.clamp(min=1)
    x_t, _ = noised(x0, t, eps)
    mean, variance = posterior(x0, x_t, t)
    hint = (
        "Bits per dimension: the mean over an image's values, neither the sum nor one number for the batch."
    )
    bits = submission.likelihood.vlb_terms(x0, x_t, t, mean, variance.log(), ALPHA_BAR)
    close(bits, torch.zeros(5), atol=1e-6, what="L_t of a perfect model", hint=hint)
    off = torch.zeros_like(mean)
    off[:, 1, 2] = variance[:, 0, 0].sqrt()
    bits = submission.likelihood.vlb_terms(x0, x_t, t, mean + off, variance.log(), ALPHA_BAR)
    close(bits, torch.full((5,), 0.5 / 6 / math.log(2)), rtol=NEAR, what="L_t", hint=hint)


@task("vlb_terms")
def test_vlb_term_of_step_0_is_the_likelihood(submission):
    """Where t = 0 the term is the cost of the levels, -log2 of 0.6827 (0.6824) and of 1/2, whatever x_t is"""
    x0, t = LEVELS[[100, 0]].reshape(2, 1), torch.tensor([0, 0])
    mean = x0 + exactly(0, 1 / 255).reshape(2, 1)  # at the level, and on the upper edge of black
    narrow = exactly(NARROW, NARROW).reshape(2, 1)
    bits = submission.likelihood.vlb_terms(x0, x0 + 3, t, mean, narrow, ALPHA_BAR)
    exact, published = exactly(-math.log2(0.6826894921), 1), exactly(-math.log2(0.6823839844), 1)
    close_to_one_of(bits, exact, published, "Step 0 has no posterior: its term is -log2 p(x_0 | x_1).", "L_0")


@task("vlb_terms")
def test_prior_term_of_black_and_white(submission):
    """With alpha_bar = 25/169 left, images of -1 and 1 cost log2(13/12) = 0.1155 bits in each value"""
    bits = submission.likelihood.prior_term(exactly(1, -1, -1, 1).reshape(2, 2), ALPHA_BAR)
    hint = "q(x_T | x_0) has mean sqrt(alpha_bar) x_0 and variance 1 - alpha_bar; p is N(0, 1)."
    close(bits, exactly(0.1154772174, 0.1154772174), rtol=NEAR, what="L_T", hint=hint)


@task("vlb_terms")
def test_bounds_keep_the_dtype(submission, seed):
    """Images in float32 stay float32 in all four functions"""
    x0, t, eps = every_step(seed, 1, 2, 2)
    x0, x_t, wide = x0.float(), noised(x0, t, eps)[0].float(), torch.zeros(5, 1, 1, 1)
    likelihood = submission.likelihood
    expect_dtype(likelihood.normal_kl(x0, wide, x_t, wide), torch.float32)
    expect_dtype(likelihood.discretized_gaussian_log_likelihood(x0, x_t, wide), torch.float32)
    expect_dtype(likelihood.vlb_terms(x0, x_t, t, x_t, wide, ALPHA_BAR), torch.float32)
    bits = likelihood.prior_term(x0, ALPHA_BAR)
    expect(bits.dtype == torch.float32, f"L_T of float32 images is {bits.dtype}; expected torch.float32")


def posterior(x0: Tensor, x_t: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance of q(x_{t-1} | x_t, x_0) by adding precisions; the variance scales images."""
    now, earlier = (value.reshape(-1, 1, 1) for value in (ALPHA_BAR[t], ALPHA_BAR[t - 1]))
    from_x_t, from_x0 = now / (earlier - now), 1 / (1 - earlier)  # alpha / beta, 1 / (1 - alpha_bar before)
    mean = from_x_t * x_t * (earlier / now).sqrt() + from_x0 * x0 * earlier.sqrt()
    return mean / (from_x_t + from_x0), 1 / (from_x_t + from_x0)
