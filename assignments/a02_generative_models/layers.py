"""Two layers of flows on images of c channels: one scales and shifts channels, one mixes them.

Both return their result and the log-determinant of their own direction, one number for each image.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ActNorm(nn.Module):
    """Scale and shift each channel, so that the first batch comes out with mean 0 and deviation 1.

    Kingma and Dhariwal 2018. Parameters `shift` and `log_scale`, both (1, c, 1, 1); the buffer `ready` says
    whether they have been set.
    """

    def __init__(self, c: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps  # added to a deviation
        self.shift = nn.Parameter(torch.zeros(1, c, 1, 1))
        self.log_scale = nn.Parameter(torch.zeros(1, c, 1, 1))
        self.register_buffer("ready", torch.tensor(False))

    def forward(self, x: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return (x + shift) exp(log_scale); the first call ever sets both, unseen by autograd."""
        raise NotImplementedError("TODO ActNorm: read task 3.2 in README.md")

    def inverse(self, y: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return what forward made y from; changes nothing, also when it comes first."""
        raise NotImplementedError("TODO ActNorm: read task 3.2 in README.md")


class InvertibleConv1x1(nn.Module):
    """Mix the channels of each pixel by a matrix, kept as P L (U + diag(sign exp(log_s))).

    Kingma and Dhariwal 2018. Buffers `P`, a permutation, and `sign`, (c,); parameters `L` and `U`, (c, c), of
    which only the entries below and above the diagonal count, and `log_s`, (c,). The decomposition is that of
    torch.linalg.lu; at first the matrix is the one given.
    """

    P: Tensor
    sign: Tensor

    def __init__(self, weight: Float[Tensor, "c c"]) -> None:
        super().__init__()
        raise NotImplementedError("TODO InvertibleConv1x1: read task 3.3 in README.md")

    def weight(self) -> Float[Tensor, "c c"]:
        """Return the matrix."""
        raise NotImplementedError("TODO InvertibleConv1x1: read task 3.3 in README.md")

    def forward(self, x: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return the matrix times each pixel's channels."""
        raise NotImplementedError("TODO InvertibleConv1x1: read task 3.3 in README.md")

    def inverse(self, y: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return what forward made y from, without inverting the matrix."""
        raise NotImplementedError("TODO InvertibleConv1x1: read task 3.3 in README.md")
