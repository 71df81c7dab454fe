"""Given: a small network, and the coupling of task 3.1 as a layer. Read it, it is short."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .flow import coupling_forward, coupling_inverse


def mlp(inputs: int, outputs: int, width: int = 192) -> nn.Sequential:
    """Return a network of two hidden layers."""
    return nn.Sequential(
        nn.Linear(inputs, width),
        nn.SiLU(),
        nn.Linear(width, width),
        nn.SiLU(),
        nn.Linear(width, outputs),
    )


class Coupling(nn.Module):
    """An affine coupling on vectors, whose net is an mlp; at first it changes nothing.

    The log-scale is scale * tanh(...), so that it stays small while the network is young; `scale` is learnt.
    """

    mask: Tensor

    def __init__(self, mask: Float[Tensor, " d"], width: int = 192) -> None:
        super().__init__()
        self.register_buffer("mask", mask)
        self.mlp = mlp(len(mask), 2 * len(mask), width)
        self.log_scale = nn.Parameter(torch.zeros(len(mask)))
        last = self.mlp[-1]
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def net(self, x: Float[Tensor, "b d"]) -> tuple[Float[Tensor, "b d"], Float[Tensor, "b d"]]:
        """Return log-scale and shift."""
        s, t = self.mlp(x).chunk(2, dim=1)
        return s.tanh() * self.log_scale.exp(), t

    def forward(self, x: Float[Tensor, "b d"]) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"]]:
        """Return the coupled vectors, and the log-determinant."""
        return coupling_forward(x, self.mask, self.net)

    def inverse(self, y: Float[Tensor, "b d"]) -> tuple[Float[Tensor, "b d"], Float[Tensor, " b"]]:
        """Undo `forward`."""
        return coupling_inverse(y, self.mask, self.net)


class OnVectors(nn.Module):
    """A layer for images of c channels, used on vectors of c values: images of 1 x 1 pixel."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Float[Tensor, "b c"]) -> tuple[Float[Tensor, "b c"], Float[Tensor, " b"]]:
        """Return what the layer makes of the vectors, and the log-determinant."""
        y, log_det = self.layer(x[:, :, None, None])
        return y.flatten(1), log_det

    def inverse(self, y: Float[Tensor, "b c"]) -> tuple[Float[Tensor, "b c"], Float[Tensor, " b"]]:
        """Undo `forward`."""
        x, log_det = self.layer.inverse(y[:, :, None, None])
        return x.flatten(1), log_det
