"""Given: the losses of an adversary and of whom it judges, from logits: large means "a real image".

Goodfellow et al. 2014, in the form that does not saturate; task 2.1 of assignment 2.
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def discriminator_loss(real: Float[Tensor, "*b"], fake: Float[Tensor, "*c"]) -> Float[Tensor, ""]:
    """Return what the adversary minimises: its mean loss on real images plus that on generated ones."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Float[Tensor, "*b"]) -> Float[Tensor, ""]:
    """Return what the generator minimises, from the adversary's logits of its images."""
    return F.softplus(-fake).mean()
