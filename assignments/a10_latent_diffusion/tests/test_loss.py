"""Public checks of the autoencoder's loss: hinges, the adaptive weight, and the sum of all."""

import torch

from autograder.checks import exactly, expect, task

from .. import plays
from .near import near

SUMS = "Sum over the values of an image, mean over the images."


@task("autoencoder_loss")
def test_hinge_of_the_adversary(submission):
    """Logits 0.5, 3 of real images and -2, 0 of others cost (0.5 + 0) / 2 and (0 + 1) / 2: half is 0.375"""
    loss = submission.loss.hinge_discriminator_loss(exactly(0.5, 3), exactly(-2, 0))
    hint = "Right and more than 1 away from 0 costs nothing: relu(1 - real) and relu(1 + fake)."
    near(loss, 0.375, "the loss", hint)
    none = submission.loss.hinge_discriminator_loss(exactly(1, 9), exactly(-1, -9, -4))
    near(none, 0.0, "the loss of an adversary that is sure", hint)


@task("autoencoder_loss")
def test_adversary_learns_from_both_kinds(submission):
    """Logits within the hinge, 0.5 of two real ones and 0 of two others, get the gradients -1/4 and 1/4"""
    by_real, by_fake = submission.play(plays.gradients_of_hinge, exactly(0.5, 3), exactly(-2, 0))
    hint = "The caller has detached the images. A detached logit teaches the adversary nothing."
    near(by_real, exactly(-0.25, 0), "the gradient with respect to `real`", hint)
    near(by_fake, exactly(0, 0.25), "the gradient with respect to `fake`", hint)


@task("autoencoder_loss")
def test_hinge_of_the_autoencoder(submission):
    """The autoencoder wants large logits, without a bound: 2 and -6 cost 2"""
    hint = "Only the adversary's loss has a hinge; for the autoencoder it would end the gradient."
    loss = submission.loss.hinge_generator_loss(exactly(2, -6))
    near(loss, 2.0, "the loss", hint)
    near(submission.loss.hinge_generator_loss(exactly(5, 5)), -5.0, "the loss", hint)


@task("autoencoder_loss", weight=2)
def test_adaptive_weight_is_a_ratio_of_norms(submission):
    """Gradients of length 20 and 0.5 give a weight of 40; with eps = 0.5 it is 20"""
    features, layer, critic = exactly(1).reshape(1, 1), exactly(6, 8).reshape(1, 2), exactly(0.3, 0.4)
    hint = (
        "Euclidean norms of gradients with respect to the last layer: reconstruction above, adversary below."
    )
    for eps, expected in ((0.0, 40.0), (0.5, 20.0)):
        came = submission.play(plays.adaptive_weight, features, layer, critic, {"eps": eps})
        near(came["weight"], expected, f"the weight for eps = {eps}", hint)
    came = submission.play(plays.adaptive_weight, features, layer, critic, {"eps": 0.0, "largest": 7.0})
    near(came["weight"], 7.0, "the weight when no more than 7 is allowed")


@task("autoencoder_loss")
def test_adaptive_weight_leaves_no_trace(submission, seed):
    """The weight is a constant, every .grad stays what it was, and both losses can still be used"""
    features, layer = seed.fork("f").normal(3, 2), seed.fork("l").normal(2, 4)
    critic = seed.fork("c").normal(4)
    came = submission.play(plays.adaptive_weight, features, layer, critic, {})
    expect(not came["tracked"], "the weight requires grad; expected a constant", "What does create_graph do?")
    hint = "backward() writes into .grad of every weight; torch.autograd.grad returns the gradient instead."
    for name, gradient in zip(("a weight before the last layer", "last_layer"), came["held"], strict=True):
        same = isinstance(gradient, torch.Tensor) and (gradient == 1).all()
        expect(same, f".grad of {name} is not what it was before the call", hint)
    slope = features.T @ (2 * features @ layer - critic / 3)  # of the squares' sum, less the logits' mean
    near(came["again"], slope, "the gradient of both losses when they are used again", "See retain_graph.")


@task("autoencoder_loss", weight=2)
def test_loss_without_adversary(submission):
    """Errors 1 and 2 in one image, 3 in the other, divergences 10 and 30: (3 + 3) / 2 + 20 kl_weight"""
    x, layer = exactly(0, 0, 0, 0).reshape(2, 2), torch.eye(2).double()
    features, kl = exactly(1, -2, 3, 0).reshape(2, 2), exactly(10, 30)
    for kl_weight, expected in ((0.0, 3.0), (0.1, 5.0)):
        settings = {"kl_weight": kl_weight}
        came = submission.play(plays.autoencoder_loss, x, features, layer, None, kl, settings)
        near(came["loss"], expected, f"the loss for kl_weight = {kl_weight}", SUMS)


@task("autoencoder_loss")
def test_loss_with_adversary(submission):
    """Error 6 with gradient 5, divergence 30 at 0.1, a logit of 1.2 with gradient 1: 6 + 3 - 0.5 * 5 * 1.2"""
    x, features, layer = (exactly(value).reshape(1, 1) for value in (0, 5, 1.2))
    came = submission.play(
        plays.autoencoder_loss, x, features, layer, exactly(0.2), exactly(30), {"kl_weight": 0.1}
    )
    ratio = 5 / (1 + 1e-4)  # of the gradients with respect to the layer; the default eps is added below
    hint = "Error and divergence, plus adversary_weight times the adaptive weight times the generator's loss."
    near(came["loss"], 9 - 0.5 * ratio * 1.2, "the loss", hint)
    hint = "The adaptive weight is a constant, and compares the adversary with the error alone."
    near(came["by layer"].flatten(), exactly(5 - 0.5 * ratio), "its gradient", hint)
