"""Hidden checks of likelihoods and bounds: torch's distributions, and sums written out sample by sample."""

import itertools
import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Bernoulli, Independent, MultivariateNormal, Normal

from autograder.checks import Seed, close, expect, task

from .. import plays
from .fresh import EXACT, between, exactly, expect_alike


def linear_model(seed: Seed, values: int, d: int, tilt: float = 0.0) -> list[Tensor]:
    """Return a linear Gaussian model with any encoder."""
    W, shift = seed.fork("W").normal(values, d), seed.fork("shift").normal(values)
    gain = seed.fork("gain").normal(values, d) / values
    offset, log_var = seed.fork("offset").normal(d) / 2, seed.fork("log_var").normal(d) / 2
    return [W, shift, between(seed.fork("variance"), 0.3, 2, 1)[0], gain, offset, log_var, exactly(tilt)[0]]


def laws(model: list[Tensor], x: Tensor) -> tuple[Independent, Independent]:
    """Return q(z|x) and p(z)."""
    _, shift, _, gain, offset, log_var, tilt = model
    mean = (x.flatten(1) - shift) @ gain + offset
    q = Independent(Normal(mean, ((log_var + tilt * mean) / 2).exp()), 1)
    return q, Independent(Normal(torch.zeros_like(mean), 1.0), 1)


def log_p(model: list[Tensor], x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x|z)."""
    return Independent(Normal(z @ model[0].T + model[1], model[2].sqrt()), 1).log_prob(x.flatten(1))


# -------------------- 1.1 likelihoods
@task("likelihoods", gate=True)
def test_likelihood_is_an_answer_at_all(submission, seed):
    """The Gaussian log-likelihood goes with the right one on fresh images"""
    x = seed.normal(12, 3) * torch.linspace(1, 6, 12, dtype=torch.float64)[:, None]
    log_std = seed.fork("std").normal(3) / 4
    came = submission.vae.gaussian_log_likelihood(x, torch.zeros(3, dtype=torch.float64), log_std)
    scaled = (x / log_std.exp()).square().sum(1)
    expect_alike(came, scaled, x.square().sum(1), (x / (log_std / 2).exp()).square().sum(1))


@task("likelihoods", weight=2)
@settings(max_examples=8)
@given(b=st.integers(1, 3), dims=st.lists(st.integers(1, 4), min_size=1, max_size=3), n=st.integers(0, 10**6))
def test_likelihoods_are_torchs(submission, b, dims, n):
    """Both likelihoods are those of torch.distributions, for images of any shape

    Compare with torch.distributions for images of any shape: sum over all values of an image, one number for
    each.
    """
    seed = Seed(n)
    logits, mean = 3 * seed.fork("logits").normal(b, *dims), seed.fork("mean").normal(b, *dims)
    black = (seed.fork("black").uniform(b, *dims) < 0.5).double()
    came = submission.vae.bernoulli_log_likelihood(black, logits)
    expected = Bernoulli(logits=logits).log_prob(black).flatten(1).sum(1)
    close(came, expected, rtol=EXACT, atol=EXACT, what="the Bernoulli one")
    x, log_std = seed.fork("x").normal(b, *dims), seed.fork("std").normal(*dims[-1:])
    came = submission.vae.gaussian_log_likelihood(x, mean, log_std)
    expected = Normal(mean, log_std.exp()).log_prob(x).flatten(1).sum(1)
    close(came, expected, rtol=EXACT, atol=EXACT, what="the Gaussian one")


@task("likelihoods")
def test_likelihoods_with_extreme_numbers(submission, seed):
    """Logits of +-500 in float32, and a deviation of exp(-12), keep their digits

    Try float32 logits of 500 and log_std of -12: stay with logits (logsigmoid), and form (x - mean) / s
    before you square.
    """
    x = seed.uniform(2, 3, dtype=torch.float32)
    logits = torch.tensor([[500.0, -500, 40], [-40, 90, -300]])
    came = submission.vae.bernoulli_log_likelihood(x, logits)
    expected = (x * logits - logits.clamp(min=0)).double().sum(1)  # log(1 + exp(-|l|)) is below 1e-17
    close(came, expected, rtol=1e-5, atol=1e-4, what="the Bernoulli one")
    near = seed.normal(2, 4)
    came = submission.vae.gaussian_log_likelihood(1e-5 * near, near * 0, exactly(-12)[0])
    expected = Normal(0.0, exactly(-12).exp()).log_prob(1e-5 * near).sum(1)
    close(came, expected, rtol=EXACT, what="the Gaussian one")


@task("likelihoods")
def test_likelihoods_have_gradients(submission, seed):
    """The gradients are x - p, (x - mean) / variance and (x - mean)^2 / variance - 1

    The gradients are x - p by the logits, (x - mean) / s^2 by the mean, (x - mean)^2 / s^2 - 1 by log_std,
    where one log_std may serve all values.
    """
    x, mean, log_std = seed.uniform(2, 3), seed.fork("mean").normal(2, 3), seed.fork("std").normal(2, 3)
    logits = 1e3 * seed.fork("logits").normal(2, 3)
    came = submission.play(plays.gradients_of_likelihoods, x, logits, mean, log_std)
    scaled = (x - mean) / log_std.exp()
    expected = [x - logits.sigmoid(), scaled / log_std.exp(), scaled.square() - 1]
    close(came, expected, rtol=EXACT, atol=EXACT, what="gradients to logits, mean and log_std")


# -------------------- 1.2 elbo
@task("elbo", gate=True)
def test_elbo_is_an_answer_at_all(submission, seed):
    """The bound, or one of its parts, goes with the right one on fresh input"""
    x, mean, log_var, noise = seed.normal(4, 20, 3)
    came = submission.play(plays.plain_elbo, x, 2 * mean, log_var, noise)
    reconstruction = (x * (2 * mean + (log_var / 2).exp() * noise)).sum(1)
    kl = (4 * mean.square() + log_var.exp() - 1 - log_var).sum(1) / 2
    expect_alike(came["elbo"], reconstruction - kl, reconstruction, kl)


@task("elbo", weight=2)
@settings(max_examples=6)
@given(b=st.integers(1, 4), d=st.integers(1, 4), n=st.integers(0, 10**6))
def test_elbo_by_torchs_laws(submission, b, d, n):
    """Bound and parts are those of torch.distributions, for any linear model, image by image

    Compare with torch.distributions, image by image: reconstruction less KL(q || prior), in this direction.
    """
    seed = Seed(n)
    model, x, noise = linear_model(seed, 6, d, 0.3), seed.normal(b, 2, 3), seed.fork("noise").normal(b, d)
    beta = between(seed.fork("beta"), 0, 3, 1).item()
    came = submission.play(plays.elbo, x, model, noise, beta=beta)
    q, prior = laws(model, x)
    reconstruction = log_p(model, x, q.base_dist.loc + q.base_dist.scale * noise)
    kl = torch.distributions.kl_divergence(q, prior)
    close(came["kl"], kl, rtol=EXACT, atol=EXACT, what="KL")
    close(came["reconstruction"], reconstruction, rtol=EXACT, atol=EXACT, what="the reconstruction")
    close(came["elbo"], reconstruction - beta * kl, rtol=EXACT, atol=EXACT, what="the bound")


@task("elbo")
def test_elbo_trains_the_encoder(submission, seed):
    """The gradients reach mean and log_var, through the latent and through KL

    Gradients reach mean and log_var on two ways, through the latent and through KL: detach neither.
    """
    x, mean, log_var, noise = seed.normal(4, 3, 2)
    for beta in (1.0, 0.3):
        came = submission.play(plays.gradients_of_elbo, x, mean, log_var, noise, beta)
        by_log_var = x * noise * (log_var / 2).exp() / 2 - beta * (log_var.exp() - 1) / 2
        close(came, [x - beta * mean, by_log_var], rtol=EXACT, atol=EXACT, what=f"gradients at beta = {beta}")


@task("elbo")
def test_elbo_is_below_the_evidence(submission, seed):
    """Averaged over noises that integrate exactly, the bound of any encoder is at most log p(x)

    Averaged over noise the bound is at most log p(x): if it is not, look at the sign of KL and at constants.
    """
    model = linear_model(seed, 5, 1)
    x = seed.normal(4, 5)
    root = math.sqrt(3)
    noise = exactly(-root, 0, root).repeat_interleave(4)[:, None]
    came = submission.play(plays.elbo, x.repeat(3, 1), model, noise)["elbo"].reshape(3, 4)
    bound = came[0] / 6 + came[1] * 2 / 3 + came[2] / 6
    covariance = model[0] @ model[0].T + model[2] * torch.eye(5, dtype=torch.float64)
    evidence = MultivariateNormal(model[1], covariance).log_prob(x)
    expect((bound < evidence + 1e-9).all(), "the averaged bound is above log p(x)")


# -------------------- 1.3 iwae_bound
@task("iwae_bound", gate=True)
def test_iwae_is_an_answer_at_all(submission, seed):
    """The bound goes with the right one on fresh input"""
    x, mean, log_var = seed.normal(3, 20, 3)
    noise = seed.fork("noise").normal(4, 20, 3)
    came = submission.play(plays.plain_iwae_bound, 3 * x, mean, log_var, noise)
    z = mean + (log_var / 2).exp() * noise
    log_w = 3 * (x * z).sum(2) - z.square().sum(2) / 2 + (noise.square() + log_var).sum(2) / 2
    expect_alike(came, log_w.logsumexp(0), log_w.mean(0), 3 * (x * z).sum(2).logsumexp(0))


@task("iwae_bound", weight=2)
@settings(max_examples=6)
@given(k=st.integers(1, 6), b=st.integers(1, 4), d=st.integers(1, 3), n=st.integers(0, 10**6))
def test_iwae_written_out(submission, k, b, d, n):
    """The bound is log of the mean of p(x|z) p(z) / q(z|x), one sample after the other, in plain numbers

    Log of the mean weight over k samples: logsumexp less log k, with log p(x|z) + log p(z) - log q(z|x).
    """
    seed = Seed(n)
    model, x, noise = linear_model(seed, 6, d, 0.3), seed.normal(b, 2, 3), seed.fork("noise").normal(k, b, d)
    came = submission.play(plays.iwae_bound, x, model, noise)["bound"]
    q, prior = laws(model, x)
    weights = []
    for i in range(k):
        z = q.base_dist.loc + q.base_dist.scale * noise[i]
        weights.append((log_p(model, x, z) + prior.log_prob(z) - q.log_prob(z)).exp())
    close(came, (sum(weights) / k).log(), rtol=1e-8, atol=1e-8, what="the bound")  # small weights underflow


@task("iwae_bound")
def test_iwae_beats_its_subsets(submission, seed):
    """For any noise a bound is at least the mean of those of its subsets, and the evidence for one image

    A bound of k samples is at least the mean of the bounds of its parts: the mean stands inside the
    logarithm.
    """
    model, x, noise = linear_model(seed, 5, 2), seed.normal(2, 5), seed.fork("noise").normal(5, 2, 2)
    whole = submission.play(plays.iwae_bound, x, model, noise)["bound"]
    parts = [
        submission.play(plays.iwae_bound, x, model, noise[list(c)])["bound"]
        for c in itertools.combinations(range(5), 4)
    ]
    expect((whole > torch.stack(parts).mean(0) - 1e-9).all(), "the bound is below the mean of its subsets'")


@task("iwae_bound")
def test_iwae_of_weights_far_apart(submission, seed):
    """Log-weights of -3000, +900 and their like neither vanish nor overflow, in float64 and float32

    Try log-weights of -3000 and 900: logsumexp, not log of a mean of exp.
    """
    size = exactly(-3000, 900, 40)[:, None]
    x = size * torch.ones(3, 2, dtype=torch.float64)
    nothing = torch.zeros(3, 2, dtype=torch.float64)
    noise = 1 + seed.normal(4, 3, 2) / 1000
    came = submission.play(plays.plain_iwae_bound, x, nothing, nothing, noise)
    expected = (x * noise).sum(2).logsumexp(0) - math.log(4)
    close(came, expected, rtol=EXACT, what="the bound")
    single = submission.play(
        plays.plain_iwae_bound, x.float(), nothing.float(), nothing.float(), noise.float()
    )
    expect(single.dtype == torch.float32, f"the bound of float32 is {single.dtype}")
    close(single, expected, rtol=1e-5, what="the bound in float32")


@task("iwae_bound")
def test_iwae_gradients_are_weighted(submission, seed):
    """The gradient is the softmax of the log-weights times their gradients

    Each sample's gradient counts with the softmax of the log-weights: take no second one and detach nothing.
    """
    x, mean, log_var = seed.normal(3, 2, 3)
    noise = seed.fork("noise").normal(4, 2, 3)
    came = submission.play(plays.gradients_of_iwae_bound, x, mean, log_var, noise)
    deviation = (log_var / 2).exp()
    z = mean + deviation * noise
    log_w = (x * z - z.square() / 2 + noise.square() / 2 + log_var / 2).sum(2)
    share = log_w.softmax(0)[:, :, None]
    slope = x - z
    expected = [(share * slope).sum(0), (share * (slope * noise * deviation + 1) / 2).sum(0)]
    close(came, expected, rtol=EXACT, atol=EXACT, what="gradients to mean and log_var")
