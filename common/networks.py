"""A network small enough to train within a lab (half a million weights), and fresh weights for checks."""

import math
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)

FREQUENCIES = 32  # cosines of t / T that tell the network which step it is


class SmallNet(nn.Module):
    """Predict something of the shape of an image from the image, its step, and perhaps its class.

    Three residual layers without convolutions: on 64 pixels those would gain little and cost ten times as
    much. Before training it predicts 0. With `classes`, the label `classes` stands for no class at all.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],  # of an image: c, h, w
        T: int,  #                       steps are 0..T-1
        classes: int = 0,
        width: int = 256,
        depth: int = 3,
    ) -> None:
        super().__init__()
        self.T = T
        pixels = math.prod(shape)
        self.enter = nn.Linear(pixels, width)
        self.told = nn.ModuleList(nn.Linear(FREQUENCIES, width) for _ in range(depth))
        self.labels = nn.ModuleList(nn.Embedding(classes + 1, width) for _ in range(depth if classes else 0))
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
            for _ in range(depth)
        )
        self.leave = nn.Sequential(nn.SiLU(), nn.Linear(width, pixels))
        for weight in self.leave.parameters():
            nn.init.zeros_(weight)

    def forward(
        self, x: Float[Tensor, "b c h w"], t: Int[Tensor, " b"], label: Int[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b c h w"]:
        """Predict for each image at its own step."""
        waves = torch.cos(math.pi / self.T * t[:, None] * torch.arange(FREQUENCIES, device=x.device))
        h = self.enter(x.flatten(1))  # b width
        for number, (layer, told) in enumerate(zip(self.layers, self.told, strict=True)):
            hint = told(waves)
            if label is not None:
                hint = hint + self.labels[number](label)
            h = h + layer(h + hint)
        prediction: Tensor = self.leave(h)
        return prediction.view_as(x)


def randomised(module: Module, seed: int) -> Module:
    """Give all weights of a module fresh values in float64, norms and biases too, and return the module."""
    generator = torch.Generator().manual_seed(seed)
    module.double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(0.4 * torch.randn(weight.shape, generator=generator, dtype=torch.float64))
    return module
