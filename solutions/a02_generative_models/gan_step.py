"""How the two players take turns."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from .gan import Kind, discriminator_loss, generator_loss
from .penalties import r1_penalty


def gan_step(
    generator: nn.Module,
    critic: nn.Module,
    optimizer_g: Optimizer,
    optimizer_d: Optimizer,
    real: Float[Tensor, "b *dims"],
    noise_d: Float[Tensor, "b z"],
    noise_g: Float[Tensor, "b z"],
    kind: Kind,
    gamma: float = 0.0,  # weight of R1; 0: none
) -> tuple[float, float]:
    """Update the critic on `real` and generator(noise_d), then the generator on noise_g; return both losses.

    The generator meets the updated critic. The critic's loss comes back without R1; both are as they were
    before their own update. Gradients that were there before, and those that the generator's pass leaves in
    the critic, count in no update.
    """
    # BEGIN SOLUTION
    # The critic's turn; the generator only delivers.
    with torch.no_grad():
        fake = generator(noise_d)
    loss_d = discriminator_loss(critic(real), critic(fake), kind)
    optimizer_d.zero_grad()
    loss_d.backward()
    if gamma > 0:
        r1_penalty(critic, real, gamma).backward()
    optimizer_d.step()

    # The generator's turn, against the critic as it is now.
    loss_g = generator_loss(critic(generator(noise_g)), kind)
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    return loss_d.item(), loss_g.item()
    # END SOLUTION
