"""What the hidden checks run beside a student's code: a curved classifier, and very long chains."""

from typing import Any

import torch
from torch import Tensor, nn

from ..plays import Chain, held, hold_gradients
from ..steps import affine_step


class Curved(nn.Module):
    """A classifier with a hidden layer; its logits depend on the step."""

    def __init__(self, inner: Tensor, outer: Tensor) -> None:
        super().__init__()
        self.inner = nn.Parameter(inner)  # (hidden, values of an image)
        self.outer = nn.Parameter(outer)  # (k, hidden)
        self.calls = 0

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the logits, (b, k)."""
        self.calls += 1
        return torch.tanh(x.flatten(1) @ self.inner.T + t[:, None] / 10) @ self.outer.T


def curved_gradient(
    code: Any, inner: Tensor, outer: Tensor, x_t: Tensor, t: Tensor, labels: Tensor
) -> dict[str, Any]:
    """Return the gradient through a curved classifier, how often it was called, and what was left behind.

    x_t comes as a sampler hands it on that records gradients: a leaf that requires one.
    """
    classifier = Curved(inner, outer)
    hold_gradients(classifier)
    x_t.requires_grad_()
    gradient = code.classifier.classifier_gradient(classifier, x_t, t, labels)
    return {
        "gradient": gradient,
        "tracked": gradient.requires_grad,
        "calls": classifier.calls,
        "of x_t": x_t.grad,
        "held": held(classifier),
    }


def after_classifier_guidance(
    code: Any, inner: Tensor, outer: Tensor, eps: Tensor, x_t: Tensor, t: Tensor, alpha_bar: Tensor
) -> list[Tensor]:
    """Return the arguments of classifier_guidance as it leaves them."""
    labels = torch.zeros_like(t)
    with torch.no_grad():
        code.classifier.classifier_guidance(Curved(inner, outer), eps, x_t, t, labels, alpha_bar)
    return [eps, x_t, t, labels, alpha_bar]


def long_chain(code: Any, chain: Chain, x_T: Tensor, weights: Tensor) -> Tensor:
    """Return the images that a chain makes of `x_T` under label 0, away from label 1."""
    slope, shift, keep, move = chain

    def model(x: Tensor, t: Tensor, context: Tensor) -> Tensor:
        return slope[context, t] * x + shift[context, t]

    labels = torch.zeros(len(x_T), dtype=torch.long)
    return code.sampler.guided_sample(model, x_T, labels, labels + 1, weights, affine_step(keep, move))
