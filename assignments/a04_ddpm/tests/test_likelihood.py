"""Public checks of the bound on the likelihood: numbers that you can work out by hand, and sums."""

import math

import torch
from torch import Tensor

from autograder.checks import CheckFailed, close, exactly, expect, expect_dtype, task

from .. import plays
from .near import LAST_DIGITS, expect_all_digits, near
from .triangles import ALPHA_BAR, CAST, every_step, noised

LEVELS = torch.linspace(-1, 1, 256, dtype=torch.float64)
NARROW = 2 * math.log(1 / 255)  # the log-variance of a deviation of 1/255, half a level's width


def close_to_one_of(actual: Tensor, exact: Tensor, published: Tensor, hint: str, what: str) -> None:
    """Accept the exact normal probabilities and the tanh form of the published code alike."""
    try:
        near(actual, published, what)
    except CheckFailed:
        near(actual, exact, what, hint)


# -------------------- 3.2 vlb_terms
@task("vlb_terms")
def test_kl_of_known_normals(submission):
    """KL is 2 from N(2, 1) to N(0, 1), 2.194528 from N(0, e^2), and 0.567668 from N(0, 1) to N(0, e^2)"""
    kl = submission.likelihood.normal_kl(
        exactly(2, 0, 0), exactly(0, 2, 0), exactly(0, 0, 0), exactly(0, 0, 2)
    )
    hint = "Both variances come as logarithms; the quotient and the squared distance belong to p's variance."
    expected = exactly(2, (math.exp(2) - 3) / 2, (1 + math.exp(-2)) / 2)
    near(kl, expected, "the KL divergence", hint)
    expect_all_digits(kl, expected, "the KL divergence")


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
        total = log_probability.exp().sum()
        close(total, exactly(1)[0], rtol=1e-4, what=what, hint=hint)
        close(total, exactly(1)[0], rtol=1e-8, what=what, hint=LAST_DIGITS)  # 256 floors of 1e-12


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
    """A level a hundred deviations away has log-probability log(1e-12) = -27.631, and a likely one its own"""
    log_probability = submission.likelihood.discretized_gaussian_log_likelihood(
        exactly(0.2, -1), exactly(1, 1), exactly(2 * math.log(0.01), 2 * math.log(0.01))
    )
    hint = "Raise probabilities below `floor` to it before you take the logarithm."
    near(log_probability, exactly(-27.63102112, -27.63102112), "the log-probability", hint)
    at = LEVELS[[100]]
    likelier = submission.likelihood.discretized_gaussian_log_likelihood(at, at, exactly(NARROW), floor=0.5)
    hint = "The larger of the two, floor and probability: the floor is not added to what is above it."
    exact, published = exactly(0.6826894921).log(), exactly(0.6823839844).log()
    close_to_one_of(likelier, exact, published, hint, "the log-probability of 0.68 for a floor of 0.5")


@task("vlb_terms")
def test_grey_levels_have_gradients(submission):
    """The log-probability has a finite gradient by mean and log-variance, at black and white too"""
    x0, mean = exactly(-1, LEVELS[100].item(), 1), exactly(-0.9, -0.2, 0.8)
    came = submission.play(plays.gradients_of_likelihood, x0, mean, exactly(-4, -4, -4))
    for name, gradient in zip(("mean", "log_variance"), came, strict=True):
        hint = "numpy, scipy, detach and .item() cut the graph: a model that learns its variance needs it."
        expect(gradient is not None, f"no gradient reaches {name}", hint)
        hint = (
            "An infinite end is differentiated too: 0 * inf is NaN, also where torch.where takes the other."
        )
        expect(gradient.isfinite().all(), f"the gradient by {name} is {gradient.tolist()}", hint)


@task("vlb_terms")
def test_vlb_term_of_a_worked_example(submission):
    """From alpha_bar 0.36 back to 0.64, a mean that is off by 0.5 costs 0.25 / (2 * 0.24609375 ln 2) bits"""
    variance = exactly(0.24609375)
    bits = submission.likelihood.vlb_terms(
        exactly(10), exactly(6.8), torch.tensor([3]), exactly(8.8375), variance.log(), ALPHA_BAR
    )
    hint = "The posterior has mean 8.3375 and variance 0.24609375. KL is in nats, and a bit has ln 2 of them."
    near(bits, exactly(0.7327980), "L_t", hint)


@task("vlb_terms", weight=2)
def test_vlb_terms_of_a_mixed_batch(submission):
    """Of two images the one at step 3 costs KL(posterior || wider model), the one at step 0 its grey level"""
    variance, wider, off = 0.24609375, 0.4375, 0.5
    at, narrow = LEVELS[100].item(), math.exp(NARROW)
    bits = submission.likelihood.vlb_terms(
        exactly(10, at),
        exactly(6.8, at),
        torch.tensor([3, 0]),
        exactly(8.3375 + off, at),
        exactly(wider, narrow).log(),
        ALPHA_BAR,
    )
    nats = (math.log(wider / variance) + (variance + off**2) / wider - 1) / 2
    kl = submission.likelihood.normal_kl(
        exactly(8.3375), exactly(variance).log(), exactly(8.3375 + off), exactly(wider).log()
    )
    near(kl, exactly(nats), "normal_kl", "p's variance divides, q's is averaged over.")
    expected = exactly(nats / math.log(2))
    hint = "KL(q || p): q is the posterior and p the model. Each image's term is of its own step and values."
    near(bits[:1], expected, "L_t of the image at step 3", hint)
    exact, published = exactly(-math.log2(0.6826894921)), exactly(-math.log2(0.6823839844))
    hint = "Choose image by image: the condition t == 0 has one entry for each."
    close_to_one_of(bits[1:], exact, published, hint, "L_0 of the image at step 0")
    expect_all_digits(bits[:1], expected, "L_t")


@task("vlb_terms")
def test_vlb_terms_are_means_over_values(submission, seed):
    """A model that matches the posterior costs nothing, and one value in six that is off costs a sixth"""
    x0, t, eps = every_step(seed, 2, 3)
    t = t.clamp(min=1)
    x_t, _ = noised(x0, t, eps)
    mean, variance = posterior(x0, x_t, t)
    hint = (
        "After step 0 a perfect model costs nothing. Bits per dimension are the mean over an image's values: "
        "neither their sum nor one number for the batch."
    )
    bits = submission.likelihood.vlb_terms(x0, x_t, t, mean, variance.log(), ALPHA_BAR)
    close(bits, torch.zeros(5), atol=1e-6, what="L_t of a perfect model", hint=hint)
    off = torch.zeros_like(mean)
    off[:, 1, 2] = variance[:, 0, 0].sqrt()
    bits = submission.likelihood.vlb_terms(x0, x_t, t, mean + off, variance.log(), ALPHA_BAR)
    near(bits, torch.full((5,), 0.5 / 6 / math.log(2)), "L_t", hint)


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
    """With alpha_bar = 25/169 left, black and white cost log2(13/12) = 0.1155 bits, grey only 0.0088"""
    bits = submission.likelihood.prior_term(exactly(1, -1, 0, 0).reshape(2, 2), ALPHA_BAR)
    hint = "q(x_T | x_0) has mean sqrt(alpha_bar) x_0 and variance 1 - alpha_bar; p is N(0, 1)."
    whole = math.log2(13 / 12)
    expected = exactly(whole, whole - 25 / 169 / 2 / math.log(2))
    near(bits, expected, "L_T", hint)
    expect_all_digits(bits, expected, "L_T")


@task("vlb_terms")
def test_bounds_keep_the_dtype(submission, seed):
    """Images in float32 stay float32 in all four functions"""
    x0, t, eps = every_step(seed, 1, 2, 2)
    x0, x_t, wide = x0.float(), noised(x0, t, eps)[0].float(), torch.zeros(5, 1, 1, 1)
    likelihood = submission.likelihood
    expect_dtype(likelihood.normal_kl(x0, wide, x_t, wide), torch.float32, CAST)
    expect_dtype(likelihood.discretized_gaussian_log_likelihood(x0, x_t, wide), torch.float32, CAST)
    expect_dtype(likelihood.vlb_terms(x0, x_t, t, x_t, wide, ALPHA_BAR), torch.float32, CAST)
    bits = likelihood.prior_term(x0, ALPHA_BAR)
    expect_dtype(bits, torch.float32)


@task("vlb_terms")
def test_grey_levels_in_the_tail_of_float32_images(submission):
    """Five and six deviations from the mean: -14.21 and -19.64 nats (-15.64 and -23.24 by tanh)"""
    x0, deviation = LEVELS[[240, 240]].float(), 0.02
    log_variance = torch.full((2,), 2 * math.log(deviation))
    mean = x0 - deviation * torch.tensor([5.0, 6.0])
    log_probability = submission.likelihood.discretized_gaussian_log_likelihood(x0, mean, log_variance)
    exact, published = exactly(-14.207, -19.642), exactly(-15.644, -23.239)
    expect(
        any((log_probability - one).abs().max() < 0.05 for one in (exact, published)),  # x0 moves by 3e-8
        f"in float32 images they are {log_probability[0]:.5g} and {log_probability[1]:.5g}",
        "It is a small difference of two numbers near 1: form it in float64, and cast at the end.",
    )


def posterior(x0: Tensor, x_t: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance of q(x_{t-1} | x_t, x_0) by adding precisions; the variance scales images."""
    now, earlier = (value.reshape(-1, 1, 1) for value in (ALPHA_BAR[t], ALPHA_BAR[t - 1]))
    from_x_t, from_x0 = now / (earlier - now), 1 / (1 - earlier)  # alpha / beta, 1 / (1 - alpha_bar before)
    mean = from_x_t * x_t * (earlier / now).sqrt() + from_x0 * x0 * earlier.sqrt()
    return mean / (from_x_t + from_x0), 1 / (from_x_t + from_x0)
