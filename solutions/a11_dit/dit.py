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
        # BEGIN SOLUTION
        h, w = x.shape[2] // self.p, x.shape[3] // self.p
        tokens = self.embed(patchify(x, self.p))  # b n d
        tokens = tokens + sincos_2d(h, w, tokens.shape[2]).to(tokens)
        # The condition is one vector for each sample.
        if drop is not None:
            labels = torch.where(drop, self.num_classes, labels)
        c = self.clock(t) + self.table(labels)  # b d
        for block in self.blocks:
            tokens = block(tokens, c)
        return unpatchify(self.final(tokens, c), self.p, h, w)
        # END SOLUTION
