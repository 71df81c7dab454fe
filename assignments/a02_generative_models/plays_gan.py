"""What the checks run beside your code where it needs players: critics and generators with given weights.

Each play returns its evidence as data: results, gradients, and weights as they are afterwards.
"""

from typing import Any

import torch
from torch import Tensor, nn

from .plays import returned


class Critic(nn.Module):
    """A critic without biases, tanh between its layers; the last weight may be a vector.

    `bowl` times |x|^2 / 2 is added, `column` turns the answers from (b,) to (b, 1).
    """

    def __init__(self, weights: list[Tensor], bowl: float = 0.0, column: bool = False) -> None:
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(weight) for weight in weights])
        self.bowl, self.column = bowl, column

    def forward(self, x: Tensor) -> Tensor:
        """Return one number for each image."""
        flat = x.flatten(1)
        h = flat @ self.weights[0]
        for weight in self.weights[1:]:
            h = h.tanh() @ weight
        answers = h.reshape(len(x)) + self.bowl / 2 * (flat**2).sum(1)
        return answers[:, None] if self.column else answers


class Generator(nn.Module):
    """Images bias + z weight, of a given shape."""

    def __init__(self, bias: Tensor, weight: Tensor) -> None:
        super().__init__()
        self.bias, self.weight = nn.Parameter(bias), nn.Parameter(weight)

    def forward(self, z: Tensor) -> Tensor:
        """Return one image for each row of z."""
        return self.bias + torch.tensordot(z, self.weight, 1)


# -------------------- 2.1, 2.2 gan
def gradients_of_losses(code: Any, real: Tensor, fake: Tensor, kind: str) -> list[Tensor]:
    """Return the gradients of the critic's loss with respect to real and fake, of the generator's to fake."""
    real.requires_grad_()
    fake.requires_grad_()
    loss_d = returned(code.gan.discriminator_loss(real, fake, kind), "discriminator_loss")
    loss_g = returned(code.gan.generator_loss(fake, kind), "generator_loss")
    return [*torch.autograd.grad(loss_d, [real, fake]), *torch.autograd.grad(loss_g, [fake])]


def gradient_of_generator_loss(code: Any, fake: Tensor, kind: str) -> Tensor:
    """Return the slope of the generator's loss in each answer of the critic."""
    loss = returned(code.gan.generator_loss(fake.requires_grad_(), kind), "generator_loss")
    return torch.autograd.grad(loss, fake)[0]


def after_gan(code: Any, p: Tensor, q: Tensor) -> list[Tensor]:
    """Return the arguments as the four functions leave them."""
    for kind in ("non_saturating", "hinge", "least_squares"):
        code.gan.discriminator_loss(p, q, kind)
        code.gan.generator_loss(q, kind)
        code.gan.optimal_critic(p, q, kind)
        code.gan.game_value(p, q, kind)
    return [p, q]


# -------------------- 2.3 penalties
def _evidence(penalty: Any, critic: Critic, images: list[Tensor], name: str) -> dict[str, Any]:
    """Return the penalty, its gradients with respect to the weights, and what it left behind."""
    value = returned(penalty, name)
    by = [None] * len(critic.weights)
    if value.requires_grad:
        by = list(torch.autograd.grad(value, list(critic.parameters()), allow_unused=True))
    return {
        "penalty": value.detach(),
        "by weights": by,
        "grads": [tensor.grad for tensor in (*images, *critic.parameters())],
        "tracked": [image.requires_grad for image in images],
        "images": [image.detach() for image in images],
    }


def gradient_penalty(
    code: Any,
    weights: list[Tensor],
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    bowl: float = 0.0,
    column: bool = False,
    **settings: float,
) -> dict[str, Any]:
    """Return the penalty with its gradients and what it left behind."""
    critic = Critic(weights, bowl, column)
    penalty = code.penalties.gradient_penalty(critic, real, fake, mix, **settings)
    return _evidence(penalty, critic, [real, fake], "gradient_penalty")


def r1_penalty(
    code: Any, weights: list[Tensor], real: Tensor, bowl: float = 0.0, column: bool = False, **settings: float
) -> dict[str, Any]:
    """Return the penalty with its gradients and what it left behind."""
    critic = Critic(weights, bowl, column)
    return _evidence(code.penalties.r1_penalty(critic, real, **settings), critic, [real], "r1_penalty")


def penalty_into_generator(
    code: Any, weights: list[Tensor], real: Tensor, fake: Tensor, mix: Tensor
) -> dict[str, Any]:
    """Say whether the penalty would reach a generator, or a recorded real image."""
    critic = Critic(weights)
    start = torch.zeros((), dtype=real.dtype, requires_grad=True)
    penalty = code.penalties.gradient_penalty(critic, real + start, fake + start, mix)
    r1 = code.penalties.r1_penalty(critic, real + start)
    reached = [torch.autograd.grad(value, start, allow_unused=True)[0] for value in (penalty, r1)]
    return {"penalties": [penalty.detach(), r1.detach()], "reached": reached}


# -------------------- 2.4 spectral_norm
def gradient_of_spectral_norm(code: Any, weight: Tensor, u: Tensor, iterations: int) -> dict[str, Any]:
    """Return the three results and the gradient of the value; None where there is none."""
    weight.requires_grad_()
    sigma, u_new, v = returned(code.penalties.spectral_norm(weight, u, iterations), "spectral_norm")
    by = torch.autograd.grad(sigma, weight)[0] if sigma.requires_grad else None
    return {"sigma": sigma.detach(), "u": u_new.detach(), "v": v.detach(), "by weight": by}


def after_spectral_norm(code: Any, weight: Tensor, u: Tensor) -> list[Tensor]:
    """Return the arguments as spectral_norm leaves them."""
    code.penalties.spectral_norm(weight, u, 3)
    return [weight, u]


# -------------------- 2.5 gan_step
def rounds(
    code: Any,
    generator: list[Tensor],
    critic: list[Tensor],
    real: Tensor,
    noises_d: Tensor,  # (rounds, b, z)
    noises_g: Tensor,
    kind: str,
    rate: float = 0.1,
    momentum: float = 0.0,
    stale: bool = False,  # gradients lie in both networks before the first round
    frozen: bool = False,  # the critic's last weight is not trained
    **settings: float,
) -> dict[str, Any]:
    """Play as many rounds as there are noises; return what gan_step returned, and all weights after each."""
    G, D = Generator(*generator), Critic(critic)
    if frozen:
        D.weights[-1].requires_grad_(False)
    if stale:
        for weight in (*G.parameters(), *D.parameters()):
            weight.grad = torch.ones_like(weight)
    trained = [weight for weight in D.parameters() if weight.requires_grad]
    groups = [{"params": [weight], "lr": rate * (i + 1)} for i, weight in enumerate(trained)]
    optimizer_d = torch.optim.SGD(groups, momentum=momentum)
    optimizer_g = torch.optim.SGD(G.parameters(), lr=rate, momentum=momentum)
    losses, after = [], []
    for noise_d, noise_g in zip(noises_d, noises_g, strict=True):
        given = (G, D, optimizer_g, optimizer_d, real, noise_d, noise_g, kind)
        losses.append(list(returned(code.gan_step.gan_step(*given, **settings), "gan_step")))
        after.append([weight.detach().clone() for weight in (*G.parameters(), *D.parameters())])
    return {
        "losses": losses,
        "weights": after,
        "trainable": [weight.requires_grad for weight in (*G.parameters(), *D.parameters())],
        "arguments": [real, noises_d, noises_g],
    }


# -------------------- yardstick of speed, and what is measured
def penalty_of_many(code: Any, weights: list[Tensor], real: Tensor, fake: Tensor, mix: Tensor) -> Tensor:
    """Return the penalty of a critic of two layers, twice, with images that move on."""
    critic = Critic(weights)
    return torch.stack(
        [code.penalties.gradient_penalty(critic, real.roll(i, 0), fake, mix).detach() for i in range(2)]
    )


def gradients_of_many(
    code: Any, weights: list[Tensor], real: Tensor, fake: Tensor, mix: Tensor
) -> list[Tensor]:
    """Return one plain gradient of the same critic with respect to the images, twice."""
    critic = Critic(weights)
    found = []
    for i in range(2):
        x = real.roll(i, 0).requires_grad_()
        found.append(torch.autograd.grad(critic(x).sum(), x)[0].sum())
    return found
