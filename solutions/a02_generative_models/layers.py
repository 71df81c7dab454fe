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
        # BEGIN SOLUTION
        B, _, H, W = x.shape
        if not self.ready:
            with torch.no_grad():
                deviation, mean = torch.std_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)
                self.shift.copy_(-mean)
                self.log_scale.copy_(-torch.log(deviation + self.eps))
                self.ready.fill_(True)
        log_det = H * W * self.log_scale.sum()
        return (x + self.shift) * self.log_scale.exp(), log_det.expand(B)
        # END SOLUTION

    def inverse(self, y: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return what forward made y from; changes nothing, also when it comes first."""
        # BEGIN SOLUTION
        B, _, H, W = y.shape
        log_det = -H * W * self.log_scale.sum()
        return y * torch.exp(-self.log_scale) - self.shift, log_det.expand(B)
        # END SOLUTION


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
        # BEGIN SOLUTION
        P, L, U = torch.linalg.lu(weight)
        diagonal = U.diagonal()
        self.register_buffer("P", P)
        self.register_buffer("sign", diagonal.sign())
        self.L = nn.Parameter(L)
        self.U = nn.Parameter(U)
        self.log_s = nn.Parameter(diagonal.abs().log())
        # END SOLUTION

    def weight(self) -> Float[Tensor, "c c"]:
        """Return the matrix."""
        # BEGIN SOLUTION
        L = self.L.tril(-1) + torch.eye(len(self.L), dtype=self.L.dtype, device=self.L.device)
        U = self.U.triu(1) + torch.diag(self.sign * self.log_s.exp())
        return self.P @ L @ U
        # END SOLUTION

    def forward(self, x: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return the matrix times each pixel's channels."""
        # BEGIN SOLUTION
        B, _, H, W = x.shape
        log_det = H * W * self.log_s.sum()
        return torch.einsum("oc,bchw->bohw", self.weight(), x), log_det.expand(B)
        # END SOLUTION

    def inverse(self, y: Float[Tensor, "b c h w"]) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, " b"]]:
        """Return what forward made y from, without inverting the matrix."""
        # BEGIN SOLUTION
        B, _, H, W = y.shape
        log_det = -H * W * self.log_s.sum()
        x = torch.linalg.solve(self.weight(), y.flatten(2))  # b c h*w
        return x.unflatten(2, (H, W)), log_det.expand(B)
        # END SOLUTION
