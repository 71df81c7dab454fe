"""Classifier guidance: a classifier of noisy images pushes an unconditional model's samples to a class."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .axes import per_image

Classifier = Callable[[Tensor, Tensor], Tensor]  # classifier(x_t, t): logits of shape (b, k)


def classifier_gradient(
    classifier: Classifier,
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    labels: Int[Tensor, " b"],
) -> Float[Tensor, "b *dims"]:
    """Return the gradient of log p(label | x_t) with respect to each image, as a constant.

    Works under torch.no_grad too. Leaves no gradient behind, neither in `x_t` nor in the classifier.
    """
    # BEGIN SOLUTION
    with torch.enable_grad():
        x = x_t.detach().requires_grad_()
        log_p = classifier(x, t).log_softmax(dim=1)  # (b, k)
        chosen = log_p.gather(1, labels[:, None])  # (b, 1)
        (gradient,) = torch.autograd.grad(chosen.sum(), x)
    return gradient
    # END SOLUTION


def classifier_guidance(
    classifier: Classifier,
    eps: Float[Tensor, "b *dims"],  # the noise that the diffusion model predicted
    x_t: Float[Tensor, "b *dims"],
    t: Int[Tensor, " b"],
    labels: Int[Tensor, " b"],
    alpha_bar: Float[Tensor, " T"],
    scale: float = 1.0,  # exponent of the classifier: 0 is off, 1 is Bayes' rule
) -> Float[Tensor, "b *dims"]:
    """Return `eps` shifted so that it points to images of the labels (Dhariwal and Nichol 2021, Algorithm 2).

    The diffusion model is not differentiated. Returned in eps's dtype.
    """
    # BEGIN SOLUTION
    noise_std = per_image((1 - alpha_bar[t]).sqrt(), x_t)  # (b, 1, ..., 1)
    gradient = classifier_gradient(classifier, x_t, t, labels)
    return (eps - scale * noise_std * gradient).to(eps.dtype)
    # END SOLUTION
