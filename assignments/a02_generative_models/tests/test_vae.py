"""Public checks of likelihoods and bounds: numbers by hand, and a linear model where everything is known."""

import itertools
import math

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from autograder.checks import close, expect, task

from .. import plays
from .linear import EXACT, GAIN, LOG_VAR, SHIFT, VARIANCE, WRONG, log_evidence
from .numbers import AN_IMAGE, IN_PLACE, exactly, expect_dtype, gauss_hermite, near, number, rows

LN2, LN3 = math.log(2), math.log(3)


# -------------------- 1.1 likelihoods
@task("likelihoods")
def test_bernoulli_by_hand(submission):
    """x = (1, 0, 1/2) at the logits (0, ln 3, -ln 3) has -2.916430: ln 1/2, ln 1/4, (ln 1/4 + ln 3/4) / 2"""
    came = submission.vae.bernoulli_log_likelihood(rows((1, 0, 0.5)), rows((0, LN3, -LN3)))
    expected = exactly(math.log(0.5) + math.log(0.25) + 0.5 * math.log(3 / 16))
    hint = "Sum over the values of the image; logits become probabilities once, by the sigmoid."
    near(came, expected, "the log-likelihood", hint)


@task("likelihoods")
def test_bernoulli_of_large_logits(submission):
    """Logits of +-10 000 give 0 where they are right and -20 000 where both are wrong"""
    logits = rows((1e4, -1e4), (1e4, -1e4))
    came = submission.vae.bernoulli_log_likelihood(rows((1, 0), (0, 1)), logits)
    hint = "Never form the probability: log sigmoid(l) = -softplus(-l), and torch has both."
    near(came, exactly(0, -2e4), "the log-likelihood", hint)


@task("likelihoods")
def test_gaussian_by_hand(submission):
    """x = (1, 2) under mean 0 and deviation 2 has -3.849171: constant and log_std count twice"""
    came = submission.vae.gaussian_log_likelihood(rows((1, 2)), rows((0, 0)), number(LN2))
    hint = "log_std is the logarithm of the deviation. Each value has its own -log_std - log(2 pi) / 2."
    near(came, exactly(-5 / 8 - 2 * LN2 - math.log(2 * math.pi)), "the log-likelihood", hint)


@task("likelihoods")
def test_likelihoods_are_sums_over_images(submission, seed):
    """Two images of 3 x 2 x 2 values give two sums; mean and log_std may be smaller and broadcast"""
    x, mean = seed.fork("x").uniform(2, 3, 2, 2), seed.fork("mean").normal(3, 1, 1)
    log_std = seed.fork("std").normal(2, 1, 2, 1)
    came = submission.vae.gaussian_log_likelihood(x, mean, log_std)
    near(came, Normal(mean, log_std.exp()).log_prob(x).sum((1, 2, 3)), "the Gaussian one", AN_IMAGE)
    logits = seed.fork("logits").normal(2, 3, 2, 2)
    came = submission.vae.bernoulli_log_likelihood(x, logits)
    p = logits.sigmoid()
    expected = (x * p.log() + (1 - x) * (1 - p).log()).sum((1, 2, 3))
    near(came, expected, "the Bernoulli one", AN_IMAGE)


@task("likelihoods")
def test_likelihoods_keep_dtype_and_arguments(submission, seed):
    """Float32 comes back as float32, and no argument is changed"""
    x, logits, log_std = seed.uniform(2, 3), seed.fork("logits").normal(2, 3), seed.fork("std").normal(2, 3)
    expect_dtype(submission.vae.bernoulli_log_likelihood(x.float(), logits.float()), torch.float32)
    came = submission.vae.gaussian_log_likelihood(x.float(), logits.float(), log_std.float())
    expect_dtype(came, torch.float32)
    after = submission.play(plays.after_likelihoods, x, logits, log_std)
    close(after, [x, logits, log_std], rtol=0, what="the arguments afterwards", hint=IN_PLACE)


# -------------------- 1.2 elbo
@task("elbo")
def test_kl_of_known_laws(submission):
    """KL is 2 for N(2, 1), 2.194528 for N(0, e^2), and their sum where an image has both"""
    mean, log_var = rows((2, 0), (0, 0), (2, 0)), rows((0, 0), (0, 2), (0, 2))
    zero = torch.zeros(3, 2, dtype=torch.float64)
    came = submission.play(plays.plain_elbo, zero, mean, log_var, zero)
    wide = (math.exp(2) - 3) / 2
    hint = "kl_to_standard wants the logarithm of the variance, as `encode` gives it, and sums over d."
    near(came["kl"], exactly(2, wide, 2 + wide), "the KL divergence", hint)


@task("elbo")
def test_latents_are_mean_and_deviation(submission):
    """With variance 9 the noises 0, 1, -2 give z = 0.5, 3.5, -5.5, and the likelihood is asked there"""
    mean, log_var = rows((0.5,), (0.5,), (0.5,)), rows((2 * LN3,), (2 * LN3,), (2 * LN3,))
    came = submission.play(plays.plain_elbo, rows((1,), (1,), (2,)), mean, log_var, rows((0,), (1,), (-2,)))
    hint = "z = mean + exp(log_var / 2) * noise: the noise counts in deviations, and it is the one given."
    near(came["reconstruction"], exactly(0.5, 3.5, -11), "log p(x|z)", hint)


@task("elbo")
def test_elbo_is_a_difference(submission, seed):
    """The bound is reconstruction - beta * KL; KL itself comes back without beta, which is 1 unless given"""
    x, mean, log_var, noise = seed.normal(4, 3, 2)
    for settings, beta in (({}, 1.0), ({"beta": 4.0}, 4.0), ({"beta": 0.0}, 0.0)):
        came = submission.play(plays.plain_elbo, x, mean, log_var, noise, **settings)
        kl = kl_divergence(Normal(mean, (log_var / 2).exp()), Normal(0.0, 1.0)).sum(1)
        z = mean + (log_var / 2).exp() * noise
        near(came["kl"], kl, f"KL at beta = {beta:g}", "The second and third value are never weighted.")
        expected = (x * z).sum(1) - beta * kl
        near(came["elbo"], expected, f"the bound at beta = {beta:g}", "beta weighs the KL divergence alone.")


@task("elbo", weight=2)
def test_exact_encoder_reaches_the_evidence(submission, seed):
    """With the exact posterior the bound, averaged over nine noises, is log p(x) of a linear model"""
    x = seed.normal(3, 4) + SHIFT
    bound = averaged_elbo(submission, x, EXACT)
    near(bound, log_evidence(x), "the averaged bound", "Both parts must be sums, not means, over an image.")


@task("elbo")
def test_wrong_encoder_misses_its_divergence(submission, seed):
    """With any other encoder it misses log p(x) by exactly KL(q || posterior)"""
    x = seed.normal(3, 4) + SHIFT
    bound = averaged_elbo(submission, x, WRONG)
    q = Normal((x - SHIFT) @ WRONG[3] + WRONG[4], (WRONG[5] / 2).exp())
    posterior = Normal((x - SHIFT) @ GAIN, (LOG_VAR / 2).exp())
    near(log_evidence(x) - bound, kl_divergence(q, posterior).sum(1), "what is missing")


@task("elbo")
def test_elbo_of_images(submission, seed):
    """Images of 1 x 2 x 2 values are taken as well as vectors"""
    x, noise = seed.normal(3, 1, 2, 2), seed.fork("noise").normal(3, 2)
    came = submission.play(plays.elbo, x, WRONG, noise)
    flat = submission.play(plays.elbo, x.reshape(3, 4), WRONG, noise)
    near(came["elbo"], flat["elbo"], "the bound of the same values as images")
    z = (x.flatten(1) - SHIFT) @ WRONG[3] + WRONG[4] + (WRONG[5] / 2).exp() * noise
    expected = Normal(z @ WRONG[0].T + SHIFT, VARIANCE.sqrt()).log_prob(x.flatten(1)).sum(1)
    near(came["reconstruction"], expected, "log p(x|z)")


def averaged_elbo(submission, x: Tensor, model: list[Tensor]) -> Tensor:
    """Return the mean bound over nine noises, which is the mean over all noises: it is quadratic in them."""
    nodes, weights = gauss_hermite(2)
    copies = x.repeat(len(nodes), 1)
    noise = nodes.repeat_interleave(len(x), 0)
    came = submission.play(plays.elbo, copies, model, noise)
    expect(came["elbo"].shape == (len(copies),), f"the bound has shape {tuple(came['elbo'].shape)}", AN_IMAGE)
    return weights @ came["elbo"].reshape(len(nodes), len(x))


# -------------------- 1.3 iwae_bound
@task("iwae_bound")
def test_average_is_inside_the_logarithm(submission):
    """Likelihoods of 1 and 3 under q = p give ln 2 = 0.693147; the mean of their logarithms is 0.549306"""
    nothing = rows((0,))
    noise = exactly(0, LN3).reshape(2, 1, 1)
    came = submission.play(plays.plain_iwae_bound, rows((1,)), nothing, nothing, noise)
    hint = "Average the weights, then take the logarithm: logsumexp over the k samples, less log k."
    near(came, exactly(LN2), "the bound", hint)


@task("iwae_bound")
def test_one_sample_is_sampled_throughout(submission):
    """For k = 1, q = N(1, 4), noise 1/2: z = 2, and log p(x|z) + log p(z) - log q(z|x) = -1.181853"""
    log_var = rows((2 * LN2,))
    came = submission.play(
        plays.plain_iwae_bound, rows((0,)), rows((1,)), log_var, exactly(0.5).reshape(1, 1, 1)
    )
    hint = "log p(z) = -z^2/2 - ..., log q(z|x) = -noise^2/2 - log_var/2 - ...: no KL in closed form here."
    near(came, exactly(-2 + 0.125 + LN2), "the bound", hint)


@task("iwae_bound", weight=2)
def test_exact_encoder_leaves_nothing_to_chance(submission, seed):
    """With the exact posterior every weight is p(x): the bound is log p(x) for any k and any noise"""
    x = seed.normal(3, 4) + SHIFT
    for k in (1, 2, 5):
        came = submission.play(plays.iwae_bound, x, EXACT, seed.fork(f"{k}").normal(k, 3, 2))
        hint = "Each weight is p(x|z) p(z) / q(z|x), all three at the same z."
        near(came["bound"], log_evidence(x), f"the bound for k = {k}", hint)


@task("iwae_bound")
def test_bound_beats_its_parts(submission, seed):
    """For any noise the bound of five samples is at least the mean of the bounds of its subsets"""
    x, noise = seed.normal(3, 4) + SHIFT, seed.fork("noise").normal(5, 3, 2)
    whole = submission.play(plays.iwae_bound, x, WRONG, noise)["bound"]
    for m in (1, 3):
        subsets = list(itertools.combinations(range(5), m))
        parts = [
            submission.play(plays.iwae_bound, x, WRONG, noise[list(subset)])["bound"] for subset in subsets
        ]
        lead = whole - torch.stack(parts).mean(0)
        message = f"for an image the bound is {-lead.min():.3g} below the mean of its subsets of {m}"
        expect((lead > 1e-6).all(), message, "Is it log of (1/k) sum, for every k?")
    three = [submission.play(plays.iwae_bound, x, WRONG, noise[:3].roll(i, 0))["bound"] for i in (0, 1)]
    near(three[1], three[0], "the bound with the samples in another order")


@task("iwae_bound")
def test_tiny_weights_do_not_vanish(submission):
    """Log-weights of -5000 and -5000 + ln 3 have the bound -5000 + ln 2, not minus infinity"""
    noise = rows((1, 0), (1, LN3)).reshape(2, 1, 2)
    nothing = rows((0, 0))
    came = submission.play(plays.plain_iwae_bound, rows((-5000, 1)), nothing, nothing, noise)
    hint = "exp(-5000) is 0 in any float. Subtract the largest first, or use torch.logsumexp."
    close(came, exactly(-5000 + LN2), rtol=1e-12, what="the bound", hint=hint)


@task("iwae_bound")
def test_each_image_has_its_own_latents(submission, seed):
    """A batch of images gives what they give alone, also as images of 1 x 2 x 2; the encoder is asked once"""
    x, noise = seed.normal(3, 1, 2, 2), seed.fork("noise").normal(4, 3, 2)
    came = submission.play(plays.iwae_bound, x, WRONG, noise)
    for i in range(3):
        alone = submission.play(plays.iwae_bound, x[i : i + 1], WRONG, noise[:, i : i + 1])
        hint = "Rows of latents and copies of images must line up: is it k times all images, or each k times?"
        near(came["bound"][i], alone["bound"][0], f"the bound of image {i}", hint)
    expect(came["encoded"] == 1, f"the encoder was asked {came['encoded']} times; once is enough")


@task("iwae_bound")
def test_bounds_change_no_argument(submission, seed):
    """Neither of the two bounds changes what it was given, or what the encoder gave"""
    x, mean, log_var = seed.normal(3, 2, 3)
    noise = seed.fork("noise").normal(4, 2, 3)
    after = submission.play(plays.after_bounds, x, mean, log_var, noise)
    close(after, [x, mean, log_var, noise], rtol=0, what="the arguments afterwards", hint=IN_PLACE)
