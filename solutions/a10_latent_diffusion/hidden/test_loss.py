"""Hidden checks of the autoencoder's loss: fresh logits, fresh decoders, and gradients."""

import torch

from autograder.checks import any_of, close, expect, task

from .. import plays
from ..tests.near import near
from .gates import expect_within


@task("autoencoder_loss", gate=True)
def test_losses_are_answers_at_all(submission, seed):
    """A loss of the discriminator or the generator has the right sign and size, or the weight has"""
    real, fake = -50 + seed.fork("r").normal(40), 50 + seed.fork("f").normal(40)
    features, layer = seed.fork("x").normal(6, 4), seed.fork("l").normal(4, 5)
    critic = 30 * seed.fork("c").normal(5)

    def weight() -> None:
        came = submission.play(plays.adaptive_weight, features, layer, critic, {})
        by_error = (2 * features.T @ features @ layer).norm() / (features.mean(0)[:, None] * critic).norm()
        expect_within(float(came["weight"]), by_error.item(), 20.0)

    any_of(
        lambda: expect_within(float(submission.loss.hinge_discriminator_loss(real, fake)), 51.0, 4.0),
        lambda: expect_within(-float(submission.loss.hinge_generator_loss(fake)), 50.0, 4.0),
        weight,
    )


@task("autoencoder_loss")
def test_hinges_are_exact_for_patches(submission, seed):
    """Logits for patches, shape (b, 1, h, w), and different numbers of real and other images

    The mean is over all patches, for real and other images apart: try different numbers of them.
    """
    real, fake = seed.fork("r").normal(3, 1, 4, 4), seed.fork("f").normal(5, 1, 2, 3)
    hinged = sum(max(0.0, 1 - v) for v in real.flatten().tolist()) / 48
    hinged += sum(max(0.0, 1 + v) for v in fake.flatten().tolist()) / 30
    near(submission.loss.hinge_discriminator_loss(real, fake), hinged / 2, "the adversary's loss")
    mean = -sum(fake.flatten().tolist()) / 30
    near(submission.loss.hinge_generator_loss(fake), mean, "the generator's loss")


@task("autoencoder_loss", weight=2)
def test_adaptive_weight_is_exact(submission, seed):
    """The ratio of norms for a fresh decoder, an adversary that meets the limit, graphs that survive

    Norms of the two gradients by the last layer, with the small constant below, clamped, detached, times its
    factor; both graphs are needed afterwards.
    """
    features, layer, critic = (
        seed.fork("f").normal(4, 3),
        seed.fork("l").normal(3, 5),
        seed.fork("c").normal(5),
    )
    by_error = 2 * features.T @ (features @ layer)
    by_adversary = -features.mean(0)[:, None] * critic
    for factor in (1.0, 1e-3, 0.0):
        came = submission.play(plays.adaptive_weight, features, layer, factor * critic, {})
        expected = min((by_error.norm() / (factor * by_adversary.norm() + 1e-4)).item(), 1e4)
        near(came["weight"], expected, f"the weight for an adversary of {factor:g}")
        near(came["again"], by_error + factor * by_adversary, "the gradient afterwards")
        same = all(isinstance(one, torch.Tensor) and bool((one == 1).all()) for one in came["held"])
        expect(not came["tracked"] and same, "the weight leaves a trace")


@task("autoencoder_loss", weight=2)
def test_loss_is_exact_with_its_gradients(submission, seed):
    """Loss and gradients with respect to decoder and divergence, for fresh images and any weights

    Error and divergence are sums over an image and means over the batch, each with its weight: compare the
    gradients by the decoder's result and by the divergence.
    """
    features, layer = seed.fork("f").normal(4, 3), seed.fork("l").normal(3, 6)
    x, kl, critic = seed.fork("x").normal(4, 6), seed.fork("k").uniform(4), seed.fork("c").normal(6, 2)
    off = features @ layer - x
    by_error, by_adversary = features.T @ off.sign() / 4, -features.mean(0)[:, None] * critic.sum(1) / 2
    error, adversary = off.abs().sum() / 4, -(features @ layer @ critic).mean()
    for kl_weight, share in ((0.3, 0.7), (1e-6, 0.0)):
        settings = {"kl_weight": kl_weight, "adversary_weight": share}
        came = submission.play(
            plays.autoencoder_loss, x.reshape(4, 1, 2, 3), features, layer, critic, kl, settings
        )
        factor = share * by_error.norm() / (by_adversary.norm() + 1e-4)
        expected = error + kl_weight * kl.mean() + factor * adversary
        near(came["loss"], expected, "the loss")
        what = "the gradient with respect to the layer"
        near(came["by layer"], by_error + factor * by_adversary, what)
        what = "the gradient with respect to the divergence"
        close(came["by kl"], torch.full((4,), kl_weight / 4), rtol=1e-6, what=what)
    default = submission.play(plays.autoencoder_loss, x, features, layer, critic, kl, {})["loss"]
    factor = 0.5 * by_error.norm() / (by_adversary.norm() + 1e-4)
    near(default, error + 1e-6 * kl.mean() + factor * adversary, "the loss by default")
