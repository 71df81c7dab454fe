"""A diffusion transformer: patches in, blocks, patches out (Peebles and Xie 2023)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from .block import DiTBlock, FinalLayer
from .clock import Clock
from .patch import patchify, unpatchify
from .positions import sincos_2d


class DiT(nn.Module):
    """Predicts c_out channels of a map of c_in, for a time and a class; row `num_classes` is no class."""

    def __init__(
        self,
        p: int,  # side of a patch
        d: int,
        depth: int,
        heads: int,
        c_in: int = 4,
        c_out: int = 8,  # DiT also learns variances
        num_classes: int = 1000,
        waves: int = 256,  # numbers that the clock makes of t
    ) -> None:
        super().__init__()
        self.p, self.num_classes = p, num_classes
        self.embed = nn.Linear(p * p * c_in, d)
        self.clock = Clock(d, waves)
        self.table = nn.Embedding(num_classes + 1, d)
        self.blocks = nn.ModuleList(DiTBlock(d, heads) for _ in range(depth))
        self.final = FinalLayer(d, p * p * c_out)

    def forward(
        self,
        x: Float[Tensor, "b c_in H W"],
        t: Float[Tensor, " b"],
        labels: Int[Tensor, " b"],
        drop: Bool[Tensor, " b"] | None = None,  # True: this sample's label is not told
    ) -> Float[Tensor, "b c_out H W"]:
        """Return the prediction, in the dtype of the weights; positions are those of the map that comes."""
        raise NotImplementedError("TODO dit: read task 4.1 in README.md")
