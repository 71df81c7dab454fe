"""Public checks of mixtures: one worked mixture, torch's own, and the exact denoisers of `common.exact`."""

import math

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from autograder.checks import Seed, close, expect, task
from common.exact import Mixture, mixture_denoiser

from .. import plays
from .near import IN_PLACE, OF_COMPONENTS, SINGLE, exactly, expect_dtype, near

LOG_2PI = math.log(2 * math.pi)
LINE = exactly(0.3, 0.7).log(), exactly([-2], [1]), exactly(0.5, 1)  # the worked mixture of part 4
FAR = exactly(0, 0), exactly([-3], [3]), exactly(0.1, 0.1)  # two modes, far apart


def a_mixture(seed: Seed, k: int, d: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return a mixture whose weights do not sum to 1."""
    log_weights = seed.fork("weights").normal(k) - 1
    return log_weights, 2 * seed.fork("means").normal(k, d), 0.4 + seed.fork("stds").uniform(k)


def torch_mixture(log_weights: Tensor, means: Tensor, stds: Tensor) -> MixtureSameFamily:
    """Return torch's own mixture of round Gaussians."""
    round_ones = Independent(Normal(means, stds[:, None].expand_as(means)), 1)
    return MixtureSameFamily(Categorical(logits=log_weights), round_ones)


def exact_mixture(log_weights: Tensor, means: Tensor, stds: Tensor) -> Mixture:
    """Return the mixture as `common.exact` wants it."""
    covariances = stds[:, None, None] ** 2 * torch.eye(means.shape[1], dtype=torch.float64)
    return Mixture(log_weights.softmax(0), means, covariances)


# -------------------- 4.1 mixture
@task("mixture", weight=2)
def test_mixture_of_the_worked_example(submission):
    """.3 N(-2, .25) + .7 N(1, 1) at 0: log p = -1.775139517, responsibilities 4.738e-4 and 0.99953"""
    x = exactly([0])
    first, second = 0.3 * math.exp(-8) / 0.5, 0.7 * math.exp(-0.5)  # both without 1 / sqrt(2 pi)
    joint = submission.mixture.component_log_joint(x, *LINE)
    hint = "log w - |x - mean|^2 / (2 std^2) - d (log std + 1/2 log 2 pi); stds are deviations."
    near(joint, exactly([first, second]).log() - 0.5 * LOG_2PI, "the log-joint", hint, axes=OF_COMPONENTS)
    log_prob = submission.mixture.mixture_log_prob(x, *LINE)
    near(
        log_prob, exactly(math.log(first + second) - 0.5 * LOG_2PI), "log p", "Sum densities, not logarithms."
    )
    r = submission.mixture.responsibilities(x, *LINE)
    near(r, exactly([first, second]) / (first + second), "the responsibilities", axes=OF_COMPONENTS)


@task("mixture", weight=2)
def test_weights_that_no_float_can_hold(submission):
    """With log-weights 0 and -800 the second component still holds all of the density at its own mean"""
    mixture = exactly(0, -800), exactly([-50], [0]), exactly(1, 1)
    x = exactly([0], [-50])
    hint = "e^-800 is 0 in float64. Normalise with log_softmax, and stay with logarithms."
    log_prob = submission.mixture.mixture_log_prob(x, *mixture)
    near(
        log_prob, exactly(-800, 0) - 0.5 * LOG_2PI, "log p", hint
    )  # -1250 and -2050 are the other components
    r = submission.mixture.responsibilities(x, *mixture)
    near(r, exactly([0, 1], [1, 0]), "the responsibilities", hint, axes=OF_COMPONENTS)
    joint = submission.mixture.component_log_joint(x, *mixture)
    near(joint, exactly([-1250, -800], [0, -2050]) - 0.5 * LOG_2PI, "the log-joint", hint, axes=OF_COMPONENTS)


@task("mixture")
def test_weights_are_divided_by_their_sum(submission):
    """Log-weights log 3, log 7 mean .3 and .7; so do those with 1000 added"""
    x, (log_weights, means, stds) = exactly([0], [-2]), LINE
    expected = torch_mixture(*LINE).log_prob(x)
    hint = "Subtract logsumexp of the log-weights from them."
    for shift in (math.log(10), 1000.0, -1000.0):
        log_prob = submission.mixture.mixture_log_prob(x, log_weights + shift, means, stds)
        near(log_prob, expected, f"log p with {shift:.4g} added to the log-weights", hint)
        joint = submission.mixture.component_log_joint(x, log_weights + shift, means, stds)
        near(joint.logsumexp(1), expected, "the log-joint, summed", hint)


@task("mixture")
def test_mixture_in_several_dimensions(submission, seed):
    """In three dimensions, points and components of their own, log p is that of torch's mixture"""
    mixture, x = a_mixture(seed, 4, 3), 2 * seed.fork("x").normal(5, 3)
    log_prob = submission.mixture.mixture_log_prob(x, *mixture)
    expected = torch_mixture(*mixture)
    near(
        log_prob,
        expected.log_prob(x),
        "log p",
        "d log std, d/2 log 2 pi; one component explains all coordinates.",
    )
    r = submission.mixture.responsibilities(x, *mixture)
    joint = submission.mixture.component_log_joint(x, *mixture)
    by_torch = expected.component_distribution.log_prob(x[:, None]) + mixture[0].log_softmax(0)
    near(joint, by_torch, "the log-joint", axes=OF_COMPONENTS)
    near(
        r,
        by_torch.softmax(1),
        "the responsibilities",
        "Rows sum to 1: softmax over components.",
        axes=OF_COMPONENTS,
    )


@task("mixture")
def test_mixture_far_away(submission):
    """At 10,000 the log-density is about -5e7 and finite, and responsibilities still sum to 1"""
    x = exactly([1e4], [-1e4])
    log_prob = submission.mixture.mixture_log_prob(x, *LINE)
    hint = "All densities are 0 there. logsumexp takes the largest out first."
    # The wide component has all of the density at both ends.
    expected = math.log(0.7) - 0.5 * (x[:, 0] - 1) ** 2 - 0.5 * LOG_2PI
    near(log_prob, expected, "log p", hint)
    r = submission.mixture.responsibilities(x, *LINE)
    near(r, exactly([0, 1], [0, 1]), "the responsibilities", hint, axes=OF_COMPONENTS)


@task("mixture")
def test_components_without_weight(submission):
    """A log-weight of -inf is a component that is not there"""
    log_weights, means, stds = exactly(0, -math.inf, 0), exactly([0], [0], [1]), exactly(1, 1, 1)
    log_prob = submission.mixture.mixture_log_prob(exactly([0.5]), log_weights, means, stds)
    near(log_prob, exactly(-0.125 - 0.5 * LOG_2PI), "log p")
    r = submission.mixture.responsibilities(exactly([0.5]), log_weights, means, stds)
    near(r, exactly([0.5, 0, 0.5]), "the responsibilities", axes=OF_COMPONENTS)


@task("mixture")
def test_mixture_returns_the_dtype_of_x(submission):
    """Points in float32 give float32, worked out in float64, also at 60 deviations from all means"""
    x = torch.tensor([[60.0, 60.0], [0.1, 0.2]])
    mixture = exactly(0, 0), torch.tensor([[0.0, 0.0], [0.0, 1e-3]]), torch.tensor([1.0, 1.0])
    expected = torch_mixture(mixture[0], mixture[1].double(), mixture[2].double())
    log_prob = submission.mixture.mixture_log_prob(x, *mixture)
    r, joint = (
        submission.mixture.responsibilities(x, *mixture),
        submission.mixture.component_log_joint(x, *mixture),
    )
    for value in (log_prob, r, joint):
        expect_dtype(value, torch.float32)
    close(log_prob, expected.log_prob(x.double()), rtol=SINGLE, what="log p")
    difference = 60e-3 - 0.5e-6
    share = 1 / (1 + math.exp(difference))
    hint = "60 * 60 in float32 has no digits left for a difference of 0.06: convert to float64 first."
    close(r[0], exactly(share, 1 - share), rtol=SINGLE, what="the responsibilities at (60, 60)", hint=hint)


@task("mixture")
def test_mixture_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    args = [seed.fork("x").normal(3, 2), *a_mixture(seed, 2, 2)]
    close(submission.play(plays.after_mixture, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 4.2 tweedie
@task("tweedie", weight=2)
def test_score_is_the_slope_of_log_p(submission, seed):
    """The score is the gradient of log p: 0.99574 for the worked mixture at 0"""
    score = submission.mixture.mixture_score(exactly([0]), *LINE)
    hint = "Each component pulls with (mean - x) / std^2, weighed by its responsibility at x."
    near(score, exactly([0.9957353709]), "the score", hint)
    mixture, x = a_mixture(seed, 4, 3), 2 * seed.fork("x").normal(5, 3)
    x.requires_grad_()
    (slope,) = torch.autograd.grad(torch_mixture(*mixture).log_prob(x).sum(), x)
    near(submission.mixture.mixture_score(x.detach(), *mixture), slope, "the score", hint)


@task("tweedie", weight=2)
def test_denoised_at_two_noise_levels(submission):
    """For the worked mixture at x = 0, E[x0 | x] is 0.2412405673 at sigma 1 and 0.1781854263 at sigma 0.5"""
    hint = "Noise the mixture first: its deviations become sqrt(std^2 + sigma^2). Then x + sigma^2 score."
    for sigma, expected in ((1.0, 0.2412405673), (0.5, 0.1781854263)):
        mean = submission.mixture.tweedie_mean(exactly([0]), sigma, *LINE)
        near(mean, exactly([expected]), f"E[x0 | x] at sigma = {sigma:g}", hint)


@task("tweedie")
def test_denoiser_is_the_exact_one(submission, seed):
    """In three dimensions E[x0 | x] is that of common.exact, at three noise levels"""
    mixture, x = a_mixture(seed, 4, 3), 2 * seed.fork("x").normal(5, 3)
    for sigma in (0.3, 1.0, 4.0):
        mean = submission.mixture.tweedie_mean(x, sigma, *mixture)
        expected = mixture_denoiser(x, 1.0, sigma, exact_mixture(*mixture))
        near(mean, expected, f"E[x0 | x] at sigma = {sigma:g}")


@task("tweedie", weight=2)
def test_uncertainty_between_two_modes(submission):
    """The worked mixture leaves the variance 0.9394727315; halfway between modes at -3 and 3 it is 8.8326"""
    cov = submission.mixture.tweedie_covariance(exactly([0]), 1.0, *LINE)
    hint = "Within a component sigma^2 s^2/(s^2 + sigma^2), and between the components' means; both count."
    near(cov, exactly([[0.9394727315]]), "Cov[x0 | x]", hint)
    cov = submission.mixture.tweedie_covariance(exactly([0]), 1.0, *FAR)
    gain = 0.01 / 1.01
    near(cov, exactly([[gain + (3 - 3 * gain) ** 2]]), "Cov[x0 | x] between two modes", hint)


@task("tweedie")
def test_uncertainty_is_the_slope_of_the_denoiser(submission, seed):
    """Cov[x0 | x] is sigma^2 times the Jacobian of the exact denoiser, symmetric and not negative"""
    mixture, x, sigma = a_mixture(seed, 4, 3), 1.5 * seed.fork("x").normal(3, 3), 0.6
    law = exact_mixture(*mixture)

    def denoised(point: Tensor) -> Tensor:
        return mixture_denoiser(point[None], 1.0, sigma, law)[0]

    expected = sigma**2 * torch.stack([torch.autograd.functional.jacobian(denoised, point) for point in x])
    cov = submission.mixture.tweedie_covariance(x, sigma, *mixture)
    hint = "sigma^2 I + sigma^4 Hessian of log p_sigma; as sums, within plus between components."
    near(cov, expected, "Cov[x0 | x]", hint, rtol=1e-8)
    expect((torch.linalg.eigvalsh((cov + cov.mT) / 2) > -1e-9).all(), "a variance is negative")


@task("tweedie")
def test_denoising_points(submission):
    """Components of deviation 0 are points, which E[x0 | x] averages; between -3 and 3 the variance is 9"""
    points = exactly(0, 0), exactly([-3], [3]), exactly(0, 0)
    x, sigma = exactly([0], [1]), 2.0
    share = 1 / (1 + math.exp(-1.5))  # of the point 3, seen from 1: (16 - 4) / (2 sigma^2)
    mean = submission.mixture.tweedie_mean(x, sigma, *points)
    near(mean, exactly([0], [6 * share - 3]), "E[x0 | x]", "sigma gives the noisy components their width.")
    cov = submission.mixture.tweedie_covariance(x, sigma, *points)
    near(cov, exactly([[9]], [[36 * share * (1 - share)]]), "Cov[x0 | x]")


@task("tweedie")
def test_denoising_what_has_no_noise(submission, seed):
    """At sigma = 0 the image is known: E[x0 | x] = x, Cov[x0 | x] = 0; log-weights may be as small as -800"""
    mixture, x = a_mixture(seed, 3, 2), seed.fork("x").normal(4, 2)
    near(submission.mixture.tweedie_mean(x, 0.0, *mixture), x, "E[x0 | x]")
    cov = submission.mixture.tweedie_covariance(x, 0.0, *mixture)
    close(cov, torch.zeros(4, 2, 2).double(), atol=1e-12, what="Cov[x0 | x]")
    faint = exactly(0, -800), exactly([-50], [0]), exactly(1, 1)
    score = submission.mixture.mixture_score(exactly([0.25]), *faint)
    near(score, exactly([-0.25]), "the score near a component of weight e^-800", "Stay with log-weights.")


@task("tweedie")
def test_tweedie_returns_the_dtype_of_x(submission, seed):
    """Points in float32 give float32 in all three functions"""
    mixture, x = a_mixture(seed, 3, 2), seed.fork("x").normal(4, 2)
    single = [value.float() for value in mixture]
    score = submission.mixture.mixture_score(x.float(), *single)
    mean = submission.mixture.tweedie_mean(x.float(), 0.5, *single)
    cov = submission.mixture.tweedie_covariance(x.float(), 0.5, *single)
    for value in (score, mean, cov):
        expect_dtype(value, torch.float32)
    law = exact_mixture(*(value.float().double() for value in mixture))
    expected = mixture_denoiser(x.float().double(), 1.0, 0.5, law)
    close(mean, expected, rtol=SINGLE, atol=1e-6, what="E[x0 | x]")
    one = exactly(0), exactly([0.5]), exactly(1)  # x is a thousand times as large as what it says
    mean = submission.mixture.tweedie_mean(torch.tensor([[1000.0]]), 1000.0, *one)
    hint = "x + sigma^2 score cancels here: convert to float64 first, and back at the end."
    close(mean, exactly([0.5 + 999.5 / 1000001]), rtol=SINGLE, what="E[x0 | x] in much noise", hint=hint)


@task("tweedie")
def test_tweedie_leaves_its_input_alone(submission, seed):
    """No argument is changed"""
    args = [seed.fork("x").normal(3, 2), *a_mixture(seed, 2, 2)]
    close(submission.play(plays.after_tweedie, *args), args, rtol=0, what="the arguments", hint=IN_PLACE)
