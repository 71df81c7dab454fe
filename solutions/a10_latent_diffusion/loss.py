"""The losses of an autoencoder: reconstruction, a weak pull towards N(0, 1), and an adversary.

The adversary (Esser et al. 2021) sees real and reconstructed images and answers with logits, real above 0.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def hinge_discriminator_loss(
    real: Float[Tensor, "*dims"],  # logits of real images
    fake: Float[Tensor, "*dims"],  # logits of reconstructions; the caller has detached the images, not these
) -> Float[Tensor, ""]:
    """Return what the adversary minimises (Lim and Ye 2017): half of its two mean hinge losses."""
    # BEGIN SOLUTION
    return 0.5 * (F.relu(1 - real).mean() + F.relu(1 + fake).mean())
    # END SOLUTION


def hinge_generator_loss(fake: Float[Tensor, "*dims"]) -> Float[Tensor, ""]:
    """Return what the autoencoder minimises: minus the mean logit of its reconstructions."""
    # BEGIN SOLUTION
    return -fake.mean()
    # END SOLUTION


def adaptive_weight(
    reconstruction_loss: Float[Tensor, ""],
    adversarial_loss: Float[Tensor, ""],
    last_layer: Tensor,  #      the decoder's last weight, part of both graphs
    eps: float = 1e-4,  #      added to the norm below the fraction
    largest: float = 1e4,  #  no weight is larger
) -> Float[Tensor, ""]:
    """Return the ratio of the norms of two gradients with respect to `last_layer`.

    That is Eq. 7 of Esser et al. (2021). The result is a constant: no gradient goes through it. Both graphs
    can be used again afterwards, and no `.grad` is left anywhere.
    """
    # BEGIN SOLUTION
    (by_reconstruction,) = torch.autograd.grad(reconstruction_loss, last_layer, retain_graph=True)
    (by_adversary,) = torch.autograd.grad(adversarial_loss, last_layer, retain_graph=True)
    return (by_reconstruction.norm() / (by_adversary.norm() + eps)).clamp(max=largest)
    # END SOLUTION


def autoencoder_loss(
    x: Float[Tensor, "b *dims"],
    reconstruction: Float[Tensor, "b *dims"],
    kl: Float[Tensor, " b"],
    last_layer: Tensor,
    fake: Float[Tensor, "b *logits"] | None = None,  # the adversary's logits; None before it starts
    kl_weight: float = 1e-6,
    adversary_weight: float = 0.5,
) -> Float[Tensor, ""]:
    """Return the autoencoder's whole loss: each image's absolute error and divergence, and the adversary.

    Sums over an image, means over the batch (Rombach et al. 2022, Eq. 25). The adaptive weight compares the
    adversary with the reconstruction alone.
    """
    # BEGIN SOLUTION
    # What every autoencoder pays.
    error = (x - reconstruction).abs().flatten(1).sum(dim=1).mean()
    loss = error + kl_weight * kl.mean()
    if fake is None:
        return loss
    # What the adversary adds, weighed so that its gradient is as long as the error's.
    adversary = hinge_generator_loss(fake)
    return loss + adversary_weight * adaptive_weight(error, adversary, last_layer) * adversary
    # END SOLUTION
