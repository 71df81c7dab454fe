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
    raise NotImplementedError("TODO gan_step: read task 2.5 in README.md")
