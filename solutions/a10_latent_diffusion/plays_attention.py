"""What the checks of attention and text run beside your code: modules with the weights that they are told."""

from typing import Any

import torch
from torch import Tensor

from .plays import Weights, loaded


# -------------------- 4.1 cross_attention
def attention_and_gradient(
    code: Any, q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor
) -> dict[str, Any]:
    """Return the result and the gradient of its sum with respect to keys and values."""
    k.requires_grad_()
    v.requires_grad_()
    result = code.attention.attention(q, k, v, heads, mask)
    by_k, by_v = torch.autograd.grad(result.square().sum(), [k, v])
    return {"result": result.detach(), "by k": by_k, "by v": by_v, "mask": mask}


def whole_width(code: Any, q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """Return torch's fused attention of one head as wide as all channels: a yardstick."""
    return torch.nn.functional.scaled_dot_product_attention(*(x[:, None] for x in (q, k, v)))[:, 0]


def cross_attention(
    code: Any, x: Tensor, context: Tensor | None, mask: Tensor | None, heads: int, weights: Weights
) -> Tensor:
    """Return what a CrossAttention of these weights makes of x."""
    context_dim = None if context is None else context.shape[2]
    module = loaded(code.attention.CrossAttention(x.shape[2], context_dim, heads), weights)
    return module(x, context, mask).detach()


# -------------------- 4.2 spatial_transformer
def transformer_block(
    code: Any, x: Tensor, context: Tensor, mask: Tensor | None, heads: int, weights: Weights
) -> Tensor:
    """Return what a TransformerBlock of these weights makes of x."""
    module = loaded(code.attention.TransformerBlock(x.shape[2], context.shape[2], heads), weights)
    return module(x, context, mask).detach()


def spatial_transformer(
    code: Any, x: Tensor, context: Tensor, mask: Tensor | None, dim: int, weights: Weights
) -> Tensor:
    """Return what a SpatialTransformer of two heads, two groups and these weights makes of x."""
    module = code.attention.SpatialTransformer(x.shape[1], context.shape[2], dim, 2, groups=2)
    return loaded(module, weights)(x, context, mask).detach()


# -------------------- 5.1 text_encoder
def text_encoder(code: Any, tokens: list[Tensor], depth: int, weights: Weights) -> dict[str, Any]:
    """Return context and mask of each batch of tokens, by a TextEncoder of these weights, and the tokens."""
    words, dim = weights["embedding.weight"].shape
    module = loaded(code.text.TextEncoder(words, dim, len(weights["positions"]), 2, depth), weights)
    answers = [module(batch) for batch in tokens]
    return {
        "contexts": [context.detach() for context, _ in answers],
        "masks": [mask for _, mask in answers],
        "tokens": tokens,
    }
