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
    raise NotImplementedError("TODO step_embedding: read task 2.1 in README.md")


# -------------------- 2.2 diffwave
def receptive_field(dilations: Sequence[int], kernel: int = 3) -> int:
    """Return how many samples of the input one sample of the output depends on."""
    raise NotImplementedError("TODO diffwave: read task 2.2 in README.md")


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
        raise NotImplementedError("TODO diffwave: read task 2.2 in README.md")


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
        raise NotImplementedError("TODO diffwave: read task 2.2 in README.md")
