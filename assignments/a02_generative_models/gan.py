"""Two networks that play against each other: what each minimises, and what is best.

Critics answer with one number for each image, a logit where probabilities are meant. Losses are means over
the batch, to be minimised by both players.
"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Kind = Literal["non_saturating", "minimax", "hinge", "least_squares", "wasserstein"]
Critic = Callable[[Tensor], Tensor]  # images (b, ...) -> (b,) or (b, 1)


def discriminator_loss(real: Float[Tensor, "*b"], fake: Float[Tensor, "*c"], kind: Kind) -> Float[Tensor, ""]:
    """Return what the critic minimises: its mean loss on real images plus that on generated ones.

    Goodfellow et al. 2014 (non_saturating), Lim and Ye 2017 (hinge), Mao et al. 2017 with a = 0, b = c = 1
    (least_squares), Arjovsky et al. 2017 (wasserstein). Raises ValueError for any other kind: "minimax" names
    a loss of generators only.
    """
    if kind == "hinge":  # given, as an example
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    raise NotImplementedError("TODO gan_losses: read task 2.1 in README.md")


def generator_loss(fake: Float[Tensor, "*b"], kind: Kind) -> Float[Tensor, ""]:
    """Return what the generator minimises, from the critic's answers on its images.

    Sources as for the critic. Raises ValueError for any other kind.
    """
    if kind == "hinge":  # given, as an example
        return -fake.mean()
    raise NotImplementedError("TODO gan_losses: read task 2.1 in README.md")


def optimal_critic(p: Float[Tensor, " n"], q: Float[Tensor, " n"], kind: Kind) -> Float[Tensor, " n"]:
    """Return the answers that minimise the critic's loss, when real images have law p and generated ones q.

    Both are probabilities of the same n points. "non_saturating" gives logits, infinite where one law is 0.
    "least_squares" gives 1/2 where both are 0, "hinge" 0 where they are equal. Raises ValueError for any
    other kind.
    """
    raise NotImplementedError("TODO optimal_critic: read task 2.2 in README.md")


def game_value(p: Float[Tensor, " n"], q: Float[Tensor, " n"], kind: Kind) -> Float[Tensor, ""]:
    """Return the critic's loss at its best answers, finite where a law is 0.

    Raises ValueError for the kinds that `optimal_critic` does not know.
    """
    raise NotImplementedError("TODO optimal_critic: read task 2.2 in README.md")
