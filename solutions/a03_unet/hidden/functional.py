"""The blocks and the U-Net once more, as plain functions of their weights: an independent implementation."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]


def part(weights: Weights, name: str) -> Weights:
    """Return the weights of one part under the names that they have there."""
    return {
        key.removeprefix(f"{name}."): value for key, value in weights.items() if key.startswith(f"{name}.")
    }


def silu(x: Tensor) -> Tensor:
    """Return x / (1 + e^-x)."""
    return x / (1 + torch.exp(-x))


def norm(x: Tensor, groups: int, weights: Weights) -> Tensor:
    """Return the group norm."""
    return F.group_norm(x, groups, weights["weight"], weights["bias"])


def convolve(x: Tensor, weights: Weights, stride: int = 1) -> Tensor:
    """Return the convolution with zeros around, so that stride 1 keeps the sides."""
    kernel = weights["weight"]
    return F.conv2d(x, kernel, weights["bias"], stride, kernel.shape[-1] // 2)


def pool_block(x: Tensor, groups: int, weights: Weights) -> Tensor:
    """Return a RearrangePoolBlock's result."""
    h = norm(convolve(F.pixel_unshuffle(x, 2), part(weights, "conv")), groups, part(weights, "norm"))
    return h * torch.special.ndtr(h)


def res_block(x: Tensor, emb: Tensor, groups: int, weights: Weights) -> Tensor:
    """Return a ResBlock's result."""
    h = convolve(silu(norm(x, groups, part(weights, "norm1"))), part(weights, "conv1"))
    shift = silu(emb) @ weights["emb.weight"].T + weights["emb.bias"]
    h = norm(h + shift.reshape(*shift.shape, 1, 1), groups, part(weights, "norm2"))
    h = convolve(silu(h), part(weights, "conv2"))
    return h + (convolve(x, part(weights, "skip")) if "skip.weight" in weights else x)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return softmax(q k^T / sqrt(d)) v by torch's fused kernel."""
    return F.scaled_dot_product_attention(q, k, v)


def attention_block(x: Tensor, heads: int, groups: int, weights: Weights) -> Tensor:
    """Return a SelfAttention2d's result, head by head."""
    B, C, H, W = x.shape
    queries, keys, values = convolve(norm(x, groups, part(weights, "norm")), part(weights, "qkv")).chunk(
        3, dim=1
    )
    mixed = []
    for q, k, v in zip(*(all.chunk(heads, dim=1) for all in (queries, keys, values)), strict=True):
        tokens = [one.permute(0, 2, 3, 1).reshape(B, 1, H * W, C // heads) for one in (q, k, v)]
        mixed.append(attend(*tokens)[:, 0].reshape(B, H, W, C // heads))
    return x + convolve(torch.cat(mixed, dim=-1).permute(0, 3, 1, 2), part(weights, "proj"))


def up(x: Tensor, size: tuple[int, int], weights: Weights) -> Tensor:
    """Return an Up's result."""
    H, W = size
    larger = x.repeat_interleave(2, dim=-2).repeat_interleave(2, dim=-1)[..., :H, :W]
    return convolve(larger, part(weights, "conv"))


def embedding(t: Tensor, dim: int) -> Tensor:
    """Return the sinusoidal embedding in float64."""
    half = dim // 2
    angle = torch.stack([t.double() * math.pow(10_000, -i / (half - 1)) for i in range(half)], dim=1)
    return torch.cat([torch.sin(angle), torch.cos(angle)], dim=1)


def joined(h: Tensor, skip: Tensor) -> Tensor:
    """Return what comes from below, and the bridge behind it."""
    return torch.cat([h, skip], dim=1)


def unet(
    x: Tensor,
    t: Tensor,
    context: Tensor | None,
    settings: dict[str, Any],
    weights: Weights,
    join: Callable[[Tensor, Tensor], Tensor] = joined,
) -> Tensor:
    """Return a UNet's result; `context` are vectors."""
    levels, groups, heads = len(settings["widths"]), settings["groups"], settings.get("heads", 1)
    h = embedding(t, settings["emb_dim"]) @ weights["time.0.weight"].T + weights["time.0.bias"]
    emb = silu(h) @ weights["time.2.weight"].T + weights["time.2.bias"]
    emb = emb if context is None else emb + context

    def at_level(i: int, h: Tensor) -> Tensor:
        """Return what comes back at level i from what goes down there."""
        skip = res_block(h, emb, groups, part(weights, f"down_blocks.{i}"))
        if i == levels - 1:
            h = res_block(skip, emb, groups, part(weights, "middle"))
            h = attention_block(h, heads, groups, part(weights, "attention"))
        else:
            below = at_level(i + 1, convolve(skip, part(weights, f"downs.{i}.conv"), stride=2))
            h = up(below, skip.shape[-2:], part(weights, f"ups.{i}"))
        return res_block(join(h, skip), emb, groups, part(weights, f"up_blocks.{i}"))

    h = at_level(0, convolve(x, part(weights, "first")))
    return convolve(silu(norm(h, groups, part(weights, "norm"))), part(weights, "last"))
