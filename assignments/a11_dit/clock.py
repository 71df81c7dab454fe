"""Given: what a network is told of the time, which runs from 0 to 1."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Clock(nn.Module):
    """Waves of 1000 t, cosines first, and two layers behind them."""

    def __init__(self, d: int, waves: int = 256) -> None:
        super().__init__()
        self.waves = waves
        self.fc1 = nn.Linear(waves, d)
        self.fc2 = nn.Linear(d, d)

    def forward(self, t: Float[Tensor, " b"]) -> Float[Tensor, "b d"]:
        """Return one vector for each time, in the dtype of the weights."""
        rates = torch.logspace(3, -1, self.waves // 2 + 1, dtype=torch.float64, device=t.device)
        phase = torch.outer(t.double(), rates[:-1])  # b waves/2, from 1000 to above 0.1
        told = torch.hstack([phase.cos(), phase.sin()]).type_as(self.fc1.weight)
        return self.fc2(F.silu(self.fc1(told)))
