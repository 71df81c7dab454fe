"""Given: the levels that a sampler visits, and its deterministic step from each to the next.

Levels are counted in the order of use: rung 0 is nearly pure noise, rung S the finished latents.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Ladder:
    """S steps down from noise. `signal` is one longer than `t`: its last entry is 1: no noise."""

    t: tuple[int, ...]  #             what the model is told in each step, falling
    signal: Float[Tensor, " rungs"]  # signal variance alpha_bar at each rung, rising to 1. Float64

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.t)

    def step(self, z: Float[Tensor, "b *dims"], eps: Float[Tensor, "b *dims"], i: int) -> Tensor:
        """Lead latents on rung i, whose noise is thought to be `eps`, to rung i + 1."""
        grown = (self.signal[i + 1] / self.signal[i]).sqrt()
        noise_here, noise_there = (1 - self.signal[i : i + 2]).sqrt()
        return (grown * (z - noise_here * eps) + noise_there * eps).to(z.dtype)


def ladder_of(alpha_bar: Float[Tensor, " T"], steps: int) -> Ladder:
    """Choose `steps` of T levels, evenly spaced, the noisiest among them."""
    T = len(alpha_bar)
    t = tuple(T - 1 - i * T // steps for i in range(steps))
    return Ladder(t, torch.cat([alpha_bar[list(t)], alpha_bar.new_ones(1)]))
