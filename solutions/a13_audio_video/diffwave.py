"""DiffWave (Kong et al. 2021): the step as waves, blocks of dilated convolutions, and the network of them.

Waves are (b, n), mels (b, mels, frames). Every `__init__` is given; parameters have the names there.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


# -------------------- 2.1 step_embedding
def step_embedding(
    t: Int[Tensor, " b"] | Float[Tensor, " b"], half: int = 64
) -> Float[Tensor, "b twice_half"]:
    """Return sin(10^(4j / (half - 1)) t) for j = 0..half-1, and then the cosines (Kong et al. 2021).

    Between whole steps it is interpolated linearly: the network has seen nothing else. Worked out in float64;
    the result is float64 if `t` is, and else float32.
    """
    # BEGIN SOLUTION
    exact = t.double()
    rates = 10 ** (4 * torch.arange(half, dtype=torch.float64, device=t.device) / (half - 1))
    rows = []
    for step in (exact.floor(), exact.ceil()):
        angles = step[:, None] * rates  # b half
        rows.append(torch.cat([angles.sin(), angles.cos()], dim=1))
    share = (exact - exact.floor())[:, None]
    return torch.lerp(rows[0], rows[1], share).to(exact.dtype if t.dtype == exact.dtype else torch.float32)
    # END SOLUTION


# -------------------- 2.2 diffwave
def receptive_field(dilations: Sequence[int], kernel: int = 3) -> int:
    """Return how many samples of the input one sample of the output depends on."""
    # BEGIN SOLUTION
    return 1 + (kernel - 1) * sum(dilations)
    # END SOLUTION


class ResidualBlock(nn.Module):
    """A dilated convolution with a gate: what it finds goes on to the next block, and out to the end."""

    def __init__(self, channels: int, dilation: int, step_width: int, mels: int = 0) -> None:
        super().__init__()
        self.step_proj = nn.Linear(step_width, channels)
        self.dilated_conv = nn.Conv1d(channels, 2 * channels, 3, padding=dilation, dilation=dilation)
        self.mel_proj = nn.Conv1d(mels, 2 * channels, 1) if mels else None
        self.out_proj = nn.Conv1d(channels, 2 * channels, 1)

    def forward(
        self, x: Float[Tensor, "b c n"], step: Float[Tensor, "b s"], mel: Float[Tensor, "b m n"] | None = None
    ) -> tuple[Float[Tensor, "b c n"], Float[Tensor, "b c n"]]:
        """Return what the next block gets, (x + first half) / sqrt(2), and the skip, the second half."""
        # BEGIN SOLUTION
        y = self.dilated_conv(x + self.step_proj(step)[:, :, None])  # b 2c n
        if mel is not None:
            y = y + self.mel_proj(mel)
        gate, content = y.chunk(2, dim=1)  # b c n
        first, skip = self.out_proj(gate.sigmoid() * content.tanh()).chunk(2, dim=1)
        return (x + first) / math.sqrt(2), skip
        # END SOLUTION


class DiffWave(nn.Module):
    """Predicts the noise in a wave, given its step and, if wanted, the log-mel image of what it shall be."""

    def __init__(
        self,
        channels: int = 64,
        layers: int = 30,
        cycle: int = 10,  #       dilations are 1, 2, 4, ... and begin again after so many blocks
        mels: int = 0,  #         0: no mel image
        hop: int = 256,  #        samples for each frame of the mel image
        half: int = 64,  #        frequencies of the step's embedding
        step_width: int = 512,
    ) -> None:
        super().__init__()
        self.half, self.hop = half, hop
        self.enter = nn.Conv1d(1, channels, 1)
        self.step = nn.Sequential(
            *(nn.Linear(2 * half, step_width), nn.SiLU()),
            *(nn.Linear(step_width, step_width), nn.SiLU()),
        )
        dilations = [2 ** (i % cycle) for i in range(layers)]
        self.blocks = nn.ModuleList(ResidualBlock(channels, one, step_width, mels) for one in dilations)
        self.middle = nn.Conv1d(channels, channels, 1)
        self.leave = nn.Conv1d(channels, 1, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def stretch(self, mel: Float[Tensor, "b m frames"], n: int) -> Float[Tensor, "b m n"]:
        """Return each frame repeated `hop` times, cut to n samples."""
        return mel.repeat_interleave(self.hop, dim=2)[:, :, :n]

    def forward(
        self,
        wave: Float[Tensor, "b n"],
        t: Int[Tensor, " b"] | Float[Tensor, " b"],
        mel: Float[Tensor, "b m frames"] | None = None,
    ) -> Float[Tensor, "b n"]:
        """Return the noise: enter, ReLU, all blocks, skips / sqrt(layers), middle, ReLU, leave."""
        # BEGIN SOLUTION
        x = F.relu(self.enter(wave[:, None]))  # b c n
        step = self.step(step_embedding(t, self.half).to(wave.dtype))
        stretched = None if mel is None else self.stretch(mel, wave.shape[1])
        skips = []
        for block in self.blocks:
            x, skip = block(x, step, stretched)
            skips.append(skip)
        total = sum(skips) / math.sqrt(len(skips))  # b c n
        return self.leave(F.relu(self.middle(total))).squeeze(1)
        # END SOLUTION
