"""Training a score, the gradient of log p, without knowing p: by denoising, and by slices.

Losses are one value for each sample, summed over its coordinates, in nats. A score is a function of x, or of
x and the noise level; probes and noise come in as tensors.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .axes import per_sample, sum_per_sample


def dsm_loss(
    score: Callable[[Tensor, Tensor], Tensor],  # called with x (b, *dims) and sigma (b,)
    x0: Float[Tensor, "b *dims"],
    sigma: Float[Tensor, " b"],
    noise: Float[Tensor, "b *dims"],
) -> Float[Tensor, " b"]:
    """Return half of |sigma score(x0 + sigma noise, sigma) + noise|^2 (Song and Ermon 2019, weight sigma^2).

    The score is called once. `sigma` is float64; the noisy sample and the loss have x0's dtype.
    """
    # BEGIN SOLUTION
    s = per_sample(sigma, x0)  # (b, 1, ..., 1)
    x = (x0 + s * noise).to(x0.dtype)
    off = s * score(x, sigma) + noise
    return 0.5 * sum_per_sample(off.square()).to(x0.dtype)
    # END SOLUTION


def exact_divergence(f: Callable[[Tensor], Tensor], x: Float[Tensor, "b *dims"]) -> Float[Tensor, " b"]:
    """Return the sum of df_i/dx_i of a function that treats samples independently: the trace of its Jacobian.

    Works with and without gradient mode; in it, the result is differentiable with respect to f's parameters.
    `x` itself is neither changed nor marked. An f that ignores x has divergence 0.
    """
    # BEGIN SOLUTION
    trains = torch.is_grad_enabled()
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        y = f(x).reshape(len(x), -1)  # (b, d)
        total = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        if not y.requires_grad:  # f ignores x and has no parameters
            return total
        for i in range(y.shape[1]):
            (row,) = torch.autograd.grad(
                y[:, i].sum(), x, retain_graph=True, create_graph=trains, materialize_grads=True
            )  # (b, *dims): row i of each sample's Jacobian
            total = total + row.reshape(len(x), -1)[:, i]
    return total
    # END SOLUTION


def hutchinson_divergence(
    f: Callable[[Tensor], Tensor],
    x: Float[Tensor, "b *dims"],
    probes: Float[Tensor, "k b *dims"],
) -> Float[Tensor, " b"]:
    """Return the mean over k probes of z . J^T z, which is the divergence on average when E z z^T = I.

    All else is as in exact_divergence.
    """
    # BEGIN SOLUTION
    trains = torch.is_grad_enabled()
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        y = f(x)
        total = torch.zeros(len(x), dtype=x.dtype, device=x.device)
        if not y.requires_grad:
            return total
        for z in probes:
            (product,) = torch.autograd.grad(
                (y * z).sum(), x, retain_graph=True, create_graph=trains, materialize_grads=True
            )  # (b, *dims): J^T z
            total = total + sum_per_sample(product * z)
    return total / len(probes)
    # END SOLUTION


def ssm_loss(
    score: Callable[[Tensor], Tensor],
    x: Float[Tensor, "b *dims"],
    probes: Float[Tensor, "k b *dims"],
) -> Float[Tensor, " b"]:
    """Return the probes' estimate of the score's divergence plus half of |score|^2 (Song et al. 2019).

    This is the form with reduced variance. The gradient reaches the score's parameters through both terms.
    """
    # BEGIN SOLUTION
    trace = hutchinson_divergence(score, x, probes)
    return trace + 0.5 * sum_per_sample(score(x).square())
    # END SOLUTION
