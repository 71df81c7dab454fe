"""Given: the network of the lab, which your functions are put into, and its sampler."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from .curtains import FRAMES, SIZE

PATCH = (2, 4, 4)
PLACES = (SIZE // PATCH[1]) * (SIZE // PATCH[2])  # in a frame of patches
WIDTH, HEADS, LAYERS, T = 64, 4, 3, 500


class Heads(nn.Module):
    """Attention of several heads among rows of tokens (batch, tokens, width)."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Return what tokens find; queries, keys and values are all made of q."""
        parts = self.qkv(q).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)  # 3 batch heads tokens c
        found = F.scaled_dot_product_attention(*parts, attn_mask=mask)
        return self.out(found.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    """Attention in space, attention in time, and two layers for each token by itself; each is added."""

    def __init__(self, in_space: Callable[..., Tensor], in_time: Callable[..., Tensor]) -> None:
        super().__init__()
        self.in_space, self.in_time = in_space, in_time
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.space, self.time = Heads(), Heads()
        self.each = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.told = nn.Linear(WIDTH, 2 * WIDTH)
        nn.init.zeros_(self.time.out.weight)  # at first, frames know nothing of each other
        nn.init.zeros_(self.time.out.bias)

    def forward(self, x: Float[Tensor, "b f n d"], step: Float[Tensor, "b d"]) -> Float[Tensor, "b f n d"]:
        """Return the tokens after this layer."""
        scale, shift = self.told(step)[:, None, None].chunk(2, dim=3)  # b 1 1 d
        x = x + self.in_space(self.norms[0](x) * (1 + scale) + shift, self.space)
        x = x + self.in_time(self.norms[1](x), self.time)
        return x + self.each(self.norms[2](x))


class VideoNet(nn.Module):
    """A factorised space-time transformer; it predicts v of clips (b, 1, 4, 8, 8)."""

    def __init__(
        self,
        patchify: Callable[..., Tensor],
        unpatchify: Callable[..., Tensor],
        space_attention: Callable[..., Tensor],
        time_attention: Callable[..., Tensor],
    ) -> None:
        super().__init__()
        self.cut, self.join = patchify, unpatchify
        values = math.prod(PATCH)
        self.enter, self.leave = nn.Linear(values, WIDTH), nn.Linear(WIDTH, values)
        self.place = nn.Parameter(0.02 * torch.randn(FRAMES // PATCH[0], PLACES, WIDTH))
        self.step = nn.Sequential(nn.Linear(32, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU())
        self.layers = nn.ModuleList(Layer(space_attention, time_attention) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x: Float[Tensor, "b 1 f 8 8"], t: Int[Tensor, " b"]) -> Float[Tensor, "b 1 f 8 8"]:
        """Return v at steps t."""
        step = self.step(torch.cos(math.pi / T * t[:, None] * torch.arange(32, device=t.device)))  # b d
        tokens = self.enter(self.cut(x, PATCH)).unflatten(1, self.place.shape[:2]) + self.place  # b f n d
        for layer in self.layers:
            tokens = layer(tokens, step)
        return self.join(self.leave(self.norm(tokens)).flatten(1, 2), (1, FRAMES, SIZE, SIZE), PATCH)


def angle() -> Float[Tensor, " T"]:
    """Return the angle of each step: its cosine is the factor of the clip, its sine that of the noise.

    The cosine schedule of Nichol and Dhariwal 2021.
    """
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return (1 - betas).cumprod(dim=0).sqrt().acos().float()


@torch.no_grad()
def sample(net: nn.Module, count: int, generator: torch.Generator, steps: int = 50) -> Tensor:
    """Return clips by DDIM; the estimate of the clean clip is clipped to [-1, 1] in each step."""
    x = torch.randn(count, 1, FRAMES, SIZE, SIZE, generator=generator, device=generator.device)
    rungs = torch.linspace(T - 1, 0, steps).round().long()
    turns = [*angle()[rungs], torch.zeros(())]
    for t, now, after in zip(rungs, turns, turns[1:], strict=False):
        clip = (now.cos() * x - now.sin() * net(x, t.expand(count).to(x.device))).clamp(-1, 1)
        # What is left of the noise is shrunk to that of the next angle.
        ratio = after.sin() / now.sin()
        x = ratio * x + (after.cos() - ratio * now.cos()) * clip
    return x
