"""Attention, transformer and text encoder from their weights, head by head and sample by sample."""

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """Return attention; keys that are padding are left out before anything is computed."""
    samples = []
    for i in range(len(q)):
        real = torch.ones(k.shape[1], dtype=torch.bool) if mask is None else mask[i]
        parts = []
        for qh, kh, vh in zip(
            q[i].chunk(heads, 1), k[i, real].chunk(heads, 1), v[i, real].chunk(heads, 1), strict=True
        ):
            weights = (qh @ kh.T / qh.shape[1] ** 0.5).softmax(1)
            parts.append(weights @ vh)
        samples.append(torch.cat(parts, 1))
    return torch.stack(samples)


def cross(w: Weights, name: str, x: Tensor, context: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """Return what the CrossAttention of this name does with its weights."""
    q, k, v = (
        F.linear(y, w[f"{name}{part}.weight"])
        for y, part in ((x, "to_q"), (context, "to_k"), (context, "to_v"))
    )
    return F.linear(attend(q, k, v, heads, mask), w[f"{name}to_out.weight"], w[f"{name}to_out.bias"])


def block(w: Weights, name: str, x: Tensor, context: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """Return what a transformer block does."""
    first, second, third = (_norm(w, f"{name}norm{i}") for i in (1, 2, 3))
    y = first(x)
    x = x + cross(w, f"{name}to_itself.", y, y, heads, None)
    x = x + cross(w, f"{name}to_context.", second(x), context, heads, mask)
    hidden = F.gelu(F.linear(third(x), w[f"{name}mlp.0.weight"], w[f"{name}mlp.0.bias"]))
    return x + F.linear(hidden, w[f"{name}mlp.2.weight"], w[f"{name}mlp.2.bias"])


def spatial(w: Weights, x: Tensor, context: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """Return what a spatial transformer of two groups does."""
    H, W = x.shape[2:]
    y = F.group_norm(x, 2, w["norm.weight"], w["norm.bias"], 1e-6)
    rows = torch.stack([y[:, :, i, j] for i in range(H) for j in range(W)], 1)  # (b, h w, c)
    rows = F.linear(rows, w["proj_in.weight"][:, :, 0, 0], w["proj_in.bias"])
    rows = block(w, "block.", rows, context, heads, mask)
    rows = F.linear(rows, w["proj_out.weight"][:, :, 0, 0], w["proj_out.bias"])
    return x + torch.stack([rows[:, i * W : (i + 1) * W].transpose(1, 2) for i in range(H)], 2)


def encoded(w: Weights, tokens: Tensor, depth: int) -> Tensor:
    """Return what a text encoder of two heads makes of the real tokens of one text, without padding."""
    x = w["embedding.weight"][tokens] + w["positions"][: len(tokens)]
    for i in range(depth):
        name = f"layers.{i}."
        y = _norm(w, f"{name}norm1")(x)
        qkv = F.linear(y, w[f"{name}self_attn.in_proj_weight"], w[f"{name}self_attn.in_proj_bias"])
        q, k, v = (part[None] for part in qkv.chunk(3, 1))
        out = attend(q, k, v, 2, None)[0]
        x = x + F.linear(out, w[f"{name}self_attn.out_proj.weight"], w[f"{name}self_attn.out_proj.bias"])
        y = _norm(w, f"{name}norm2")(x)
        y = F.relu(F.linear(y, w[f"{name}linear1.weight"], w[f"{name}linear1.bias"]))
        x = x + F.linear(y, w[f"{name}linear2.weight"], w[f"{name}linear2.bias"])
    return _norm(w, "norm")(x)


def _norm(w: Weights, name: str):
    weight, bias = w[f"{name}.weight"], w[f"{name}.bias"]
    return lambda x: F.layer_norm(x, (x.shape[-1],), weight, bias)
