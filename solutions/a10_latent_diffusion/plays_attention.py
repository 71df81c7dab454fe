"""What the checks of attention and text run beside your code: modules with fresh weights.

Each play returns the result with the weights that made it, so that a check can work it out another way.
"""

from typing import Any

import torch
from torch import Tensor

from common.networks import randomised

from .plays import weights_of


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
    code: Any, x: Tensor, context: Tensor | None, mask: Tensor | None, heads: int, seed: int
) -> dict[str, Any]:
    """Return what CrossAttention makes of x."""
    context_dim = None if context is None else context.shape[2]
    module = randomised(code.attention.CrossAttention(x.shape[2], context_dim, heads), seed)
    return {"result": module(x, context, mask).detach(), "weights": weights_of(module)}


# -------------------- 4.2 spatial_transformer
def transformer_block(
    code: Any,
    x: Tensor,
    context: Tensor,
    mask: Tensor | None,
    heads: int,
    seed: int,
    silent: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return what TransformerBlock makes of x; the weights of the parts named `silent` are 0."""
    module = randomised(code.attention.TransformerBlock(x.shape[2], context.shape[2], heads), seed)
    _silence(module, silent)
    return {"result": module(x, context, mask).detach(), "weights": weights_of(module)}


def spatial_transformer(
    code: Any,
    x: Tensor,
    context: Tensor,
    mask: Tensor | None,
    dim: int,
    seed: int,
    silent: tuple[str, ...] = (),
    heads: int = 2,
) -> dict[str, Any]:
    """Return what SpatialTransformer with two groups makes of x, and its weights."""
    module = code.attention.SpatialTransformer(x.shape[1], context.shape[2], dim, heads, groups=2)
    randomised(module, seed)
    _silence(module, silent)
    return {"result": module(x, context, mask).detach(), "weights": weights_of(module)}


def _silence(module: torch.nn.Module, parts: tuple[str, ...]) -> None:
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if any(part in name for part in parts):
                weight.zero_()


# -------------------- 5.1 text_encoder
def text_encoder(
    code: Any,
    tokens: list[Tensor],
    seed: int,
    words: int = 20,
    dim: int = 8,
    length: int = 9,
    depth: int = 2,
    plain: bool = False,
) -> dict[str, Any]:
    """Return context and mask of each batch of tokens; with `plain`, norms begin as they do by default."""
    torch.manual_seed(seed)
    module = code.text.TextEncoder(words, dim, length, 2, depth).double()
    if not plain:
        randomised(module, seed)
    answers = [module(batch) for batch in tokens]
    return {
        "contexts": [context.detach() for context, _ in answers],
        "masks": [mask for _, mask in answers],
        "weights": weights_of(module),
        "tokens": tokens,
    }
