"""What keeps a critic smooth: penalties on its gradient, and the largest singular value of a weight."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from .gan import Critic


def gradient_penalty(
    critic: Critic,
    real: Float[Tensor, "b *dims"],
    fake: Float[Tensor, "b *dims"],
    mix: Float[Tensor, " b"],  # share of the real image, one for each pair
    weight: float = 10.0,
) -> Float[Tensor, ""]:
    """Return weight times the mean of (|gradient| - 1)^2 between real and generated images.

    The norm is that of a whole image's gradient (Gulrajani et al. 2017). Gradients reach the critic's weights
    and stay finite where the slope is 0; none reach `real` and `fake`.
    """
    # BEGIN SOLUTION
    share = mix.view(len(mix), *(1 for _ in real.shape[1:]))  # b 1 ... 1
    between = (share * real + (1 - share) * fake).detach().requires_grad_()

    # The sum has each image's own gradient; create_graph lets the penalty be differentiated once more.
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)  # b *dims
    slope = torch.linalg.vector_norm(gradient.flatten(1), dim=1)  # b
    return weight * ((slope - 1) ** 2).mean()
    # END SOLUTION


def r1_penalty(critic: Critic, real: Float[Tensor, "b *dims"], gamma: float = 10.0) -> Float[Tensor, ""]:
    """Return gamma / 2 times the mean of |gradient|^2 at real images (Mescheder et al. 2018).

    Gradients reach the critic's weights, and not `real`.
    """
    # BEGIN SOLUTION
    at = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(at).sum(), at, create_graph=True)  # b *dims
    return gamma / 2 * (gradient**2).flatten(1).sum(1).mean()
    # END SOLUTION


def spectral_norm(
    weight: Float[Tensor, "c_out *rest"],
    u: Float[Tensor, " c_out"],
    iterations: int = 1,
    eps: float = 1e-12,  # the least by which a vector is divided
) -> tuple[Float[Tensor, ""], Float[Tensor, " c_out"], Float[Tensor, " m"]]:
    """Return the estimated largest singular value of a weight, and its vectors u and v (Miyato et al. 2018).

    The weight is read as a matrix W of c_out rows. Each iteration sets v to W^T u and u to W v, of length 1
    both. The value is u^T W v; its gradient reaches the weight with u and v as constants. Raises ValueError
    for less than one iteration.
    """
    # BEGIN SOLUTION
    if iterations < 1:
        raise ValueError(f"{iterations} iterations; at least one is needed")
    W = weight.flatten(1)  # c_out m
    with torch.no_grad():
        for _ in range(iterations):
            v = F.normalize(W.T @ u, dim=0, eps=eps)
            u = F.normalize(W @ v, dim=0, eps=eps)
    return u @ W @ v, u, v
    # END SOLUTION
