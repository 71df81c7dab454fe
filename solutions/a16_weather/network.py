"""Given: the lab's network. From a noisy change and the last two states to what the denoiser adds to it."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

DILATIONS = (1, 2, 4, 1)  # of its layers: together they see 19 rows and columns


class ChangeNet(nn.Module):
    """Convolutions that are told the level, both states, and where on the map they are."""

    def __init__(self, fields: int = 6, width: int = 40) -> None:
        super().__init__()
        self.enter = nn.Conv2d(3 * fields + 2, width, 3, padding=1)
        self.told = nn.ModuleList(nn.Linear(8, 2 * width) for _ in DILATIONS)
        self.norms = nn.ModuleList(nn.GroupNorm(8, width) for _ in DILATIONS)
        self.layers = nn.ModuleList(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in DILATIONS)
        self.leave = nn.Conv2d(width, fields, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(
        self,
        y: Float[Tensor, "b c h w"],  # of size 1
        sigma: Float[Tensor, " b"],
        before: Float[Tensor, "b c h w"],
        now: Float[Tensor, "b c h w"],
    ) -> Float[Tensor, "b c h w"]:
        """Return the network's answer; a new one's is 0."""
        rows, columns = (torch.linspace(-1, 1, n, device=y.device) for n in y.shape[2:])
        place = torch.stack(torch.meshgrid(rows, columns, indexing="ij")).expand(len(y), -1, -1, -1)
        waves = sigma.log()[:, None] / 4 * torch.arange(1, 5, device=y.device)  # b 4
        level = torch.cat([waves.sin(), waves.cos()], dim=1)
        h = self.enter(torch.cat([y, now, (now - before) / 0.4, place], dim=1))
        for told, norm, layer in zip(self.told, self.norms, self.layers, strict=True):
            scale, shift = told(level)[:, :, None, None].chunk(2, dim=1)
            h = h + layer(F.silu(norm(h) * (1 + scale) + shift))
        return self.leave(F.silu(h))
