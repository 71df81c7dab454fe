"""Tasks 1.1, 2.1, 4.1, 4.2: what whole batches cost, in units of a yardstick. Bars show how far you are."""

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from autograder.checks import Seed, close, task

from .. import plays
from .near import covariance


def many_laws(seed: Seed) -> tuple[Tensor, Tensor, Tensor]:
    """2,048 points of eight numbers, each with a mean and a covariance of its own."""
    x, mean = seed.fork("x").normal(2048, 8), seed.fork("mean").normal(2048, 8)
    return x, mean, covariance(seed.fork("cov"), 2048, 8)


def each_has_its_density(log_prob: Tensor, _: Tensor, args: tuple[Tensor, Tensor, Tensor]) -> None:
    """The log-densities are those of torch's own Gaussian."""
    x, mean, cov = args
    close(log_prob, MultivariateNormal(mean, cov).log_prob(x), rtol=1e-8, what="log p")


@task("gaussian")
def test_many_laws_need_no_loop(speed):
    """2,048 covariances cost about as much as factoring them all at once"""
    hint = "torch.linalg functions take a batch of matrices: cholesky, solve_triangular."
    speed("gaussian.gaussian_log_prob", plays.factors, many_laws, each_has_its_density, hint)


def many_points(seed: Seed) -> tuple[Tensor, Tensor]:
    """256 points of eight numbers, and the matrix of the map x -> x + tanh(x W)."""
    return seed.fork("W").normal(8, 8) / 3, seed.fork("x").normal(256, 8)


def each_has_its_jacobian(log_det: Tensor, _: Tensor, args: tuple[Tensor, Tensor]) -> None:
    """The log-determinants are those of I + diag(1 - tanh^2) W^T."""
    W, x = args
    slopes = 1 - torch.tanh(x @ W) ** 2  # b d
    J = torch.eye(8, dtype=torch.float64) + slopes[:, :, None] * W.T
    close(log_det, torch.linalg.slogdet(J).logabsdet, rtol=1e-7, atol=1e-9, what="log |det J|")


@task("pushforward")
def test_jacobians_of_a_batch_need_no_loop(speed):
    """256 Jacobians of 8 x 8 take a few passes through the map, not one for each row"""
    hint = "torch.func.vmap of jacrev; or one gradient for each of the 8 outputs, summed over the rows."
    speed(plays.log_det_of_curved, plays.curved_eight_times, many_points, each_has_its_jacobian, hint)


def a_large_mixture(seed: Seed) -> tuple[Tensor, ...]:
    """2,048 points and 256 components in 64 dimensions: a tensor of all differences has 268 MB."""
    x, means = seed.fork("x").normal(2048, 64), seed.fork("means").normal(256, 64)
    return x, seed.fork("weights").normal(256), means, 0.5 + seed.fork("stds").uniform(256)


def log_joint(args: tuple[Tensor, ...]) -> Tensor:
    """Return the log-joint of all points, up to a constant that all share."""
    x, log_weights, means, stds = args
    distances = torch.cdist(x, means, compute_mode="donot_use_mm_for_euclid_dist")
    return log_weights - 0.5 * (distances / stds) ** 2 - 64 * stds.log()


def densities_are_right(log_prob: Tensor, _: Tensor, args: tuple[Tensor, ...]) -> None:
    """The log-densities of all points differ from each other as they should."""
    expected = log_joint(args).logsumexp(1)
    differences = (values - values.mean() for values in (log_prob, expected))
    close(*differences, rtol=1e-7, atol=1e-7, what="log p less its mean over the points")


def scores_are_right(score: Tensor, _: Tensor, args: tuple[Tensor, ...]) -> None:
    """The scores of all points are averages of those of the components."""
    x, _, means, stds = args
    r = log_joint(args).softmax(1) / stds**2
    close(score, r @ means - r.sum(1, keepdim=True) * x, rtol=1e-7, atol=1e-7, what="the score")


HINT = "|x - m|^2 by torch.cdist, or as |x|^2 - 2 x.m + |m|^2; a sum over components is a matrix product."


@task("mixture", weight=3)
def test_a_large_mixture_takes_little_memory(memory):
    """The log-density holds tables of points times components, none of points times components times 64"""
    memory("mixture.mixture_log_prob", plays.distances, a_large_mixture, densities_are_right, HINT)


@task("tweedie", weight=3)
def test_the_score_takes_little_memory(memory):
    """The score holds tables of points times components, none of points times components times 64"""
    memory("mixture.mixture_score", plays.distances, a_large_mixture, scores_are_right, HINT)


@task("tweedie", weight=2)
def test_the_score_takes_little_time(speed):
    """The score of 2,048 points costs a few tables of distances"""
    speed("mixture.mixture_score", plays.distances, a_large_mixture, scores_are_right, HINT)
