"""The network of NeRF: density from where a point is, colour also from where it is looked at from."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from .encoding import positional_encoding


class NeRF(nn.Module):
    """A field of density and colour (Mildenhall et al. 2020, and its supplement)."""

    def __init__(
        self,
        width: int = 256,
        layers: int = 8,
        skip: int = 4,  #         after this layer, counted from 0, the encoded position is joined again
        L_position: int = 10,  #  frequencies
        L_direction: int = 4,
    ) -> None:
        super().__init__()
        self.skip, self.L_position, self.L_direction = skip, L_position, L_direction
        p, d = 3 * (2 * L_position + 1), 3 * (2 * L_direction + 1)
        sizes = [p if i == 0 else p + width if i == skip + 1 else width for i in range(layers)]
        self.trunk = nn.ModuleList(nn.Linear(size, width) for size in sizes)
        self.density = nn.Linear(width, 1)
        self.feature = nn.Linear(width, width)
        self.view = nn.Linear(width + d, width // 2)
        self.colour = nn.Linear(width // 2, 3)

    def forward(
        self,
        points: Float[Tensor, "*b 3"],
        directions: Float[Tensor, "*b 3"],
    ) -> tuple[Float[Tensor, "*b"], Float[Tensor, "*b 3"]]:
        """Return density, 0 or more, and colour in [0, 1]; density does not depend on the direction."""
        # BEGIN SOLUTION
        x = positional_encoding(points, self.L_position)
        h = x
        for i, layer in enumerate(self.trunk):
            h = F.relu(layer(h))
            if i == self.skip:
                h = torch.cat([x, h], dim=-1)
        sigma = F.relu(self.density(h)).squeeze(-1)
        # The direction comes in behind the density.
        h = torch.cat([self.feature(h), positional_encoding(directions, self.L_direction)], dim=-1)
        return sigma, torch.sigmoid(self.colour(F.relu(self.view(h))))
        # END SOLUTION
