"""From what a tower gives to one embedding: pooling, projection and unit length."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .similarity import unit


def pool_last(h: Float[Tensor, "b l d"], mask: Bool[Tensor, "b l"]) -> Float[Tensor, "b d"]:
    """Return of each sequence the vector at its last True; raises ValueError when one has none."""
    # BEGIN SOLUTION
    if not mask.any(dim=1).all():
        raise ValueError("a sequence without any token has no last one")
    places = torch.arange(mask.shape[1], device=mask.device)  # l
    last = (places * mask).amax(dim=1)  # b
    return h[torch.arange(len(h), device=h.device), last]
    # END SOLUTION


def pool_mean(h: Float[Tensor, "b l d"], mask: Bool[Tensor, "b l"]) -> Float[Tensor, "b d"]:
    """Return of each sequence the mean vector over its True places; raises ValueError when one has none."""
    # BEGIN SOLUTION
    if not mask.any(dim=1).all():
        raise ValueError("a sequence without any token has no mean")
    kept = h.masked_fill(~mask[..., None], 0)  # b l d; a product with 0 would keep NaN
    return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)
    # END SOLUTION


class TwoTowers(nn.Module):
    """Two towers, two projections into one space, and the scale of the logits.

    `text_tower(tokens)` gives a vector for each token, (n, l, width), each of which has seen the tokens up to
    its own and no further. Token 0 is padding.
    """

    def __init__(
        self,
        image_tower: nn.Module,
        text_tower: nn.Module,
        image_width: int,  # of what image_tower gives, (n, image_width)
        text_width: int,
        embedding: int,
    ) -> None:
        super().__init__()
        self.image_tower, self.text_tower = image_tower, text_tower
        self.image_projection = nn.Linear(image_width, embedding, bias=False)
        self.text_projection = nn.Linear(text_width, embedding, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # Radford et al. 2021, Sec. 2.5

    def forward(
        self, images: Float[Tensor, "n *dims"], tokens: Int[Tensor, "n l"]
    ) -> tuple[Float[Tensor, "n e"], Float[Tensor, "n e"]]:
        """Return the unit embeddings of images and texts, the latter from the last token."""
        # BEGIN SOLUTION
        image = self.image_projection(self.image_tower(images))  # n e
        last = pool_last(self.text_tower(tokens), tokens != 0)  # n text_width
        return unit(image), unit(self.text_projection(last))
        # END SOLUTION
