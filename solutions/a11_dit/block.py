"""The block of a diffusion transformer: attention and MLP, shifted, scaled and gated by the condition.

Norms have no weights of their own, and eps 1e-6: what they would learn comes from the condition.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn


def modulate(
    x: Float[Tensor, "b n d"], shift: Float[Tensor, "b d"], scale: Float[Tensor, "b d"]
) -> Float[Tensor, "b n d"]:
    """Return x (1 + scale) + shift, both the same for all tokens of a sample."""
    # BEGIN SOLUTION
    return x * (1 + scale[:, None]) + shift[:, None]
    # END SOLUTION


class SelfAttention(nn.Module):
    """Attention of tokens to each other; `norm` brings queries and keys to unit size (Dehghani et al. 2023).

    The rows of `qkv` are ordered (query, key or value; head; channel of the head).
    """

    def __init__(self, d: int, heads: int, norm: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(d, 3 * d)
        self.proj = nn.Linear(d, d)
        self.q_norm = nn.RMSNorm(d // heads, eps=1e-6) if norm else nn.Identity()
        self.k_norm = nn.RMSNorm(d // heads, eps=1e-6) if norm else nn.Identity()

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        turn: Callable[[Tensor], Tensor] | None = None,  # of (b, heads, n, channels), such as rope_2d
    ) -> Float[Tensor, "b n d"]:
        """Return what each token learns from all; queries and keys are normed, and then turned."""
        # BEGIN SOLUTION
        layout = "b n (three heads c) -> three b heads n c"
        q, k, v = rearrange(self.qkv(x), layout, three=3, heads=self.heads)
        q, k = self.q_norm(q), self.k_norm(k)
        if turn is not None:
            q, k = turn(q), turn(k)
        out = F.scaled_dot_product_attention(q, k, v)  # b heads n c
        return self.proj(rearrange(out, "b heads n c -> b n (heads c)"))
        # END SOLUTION


class DiTBlock(nn.Module):
    """A transformer block whose norms and gates are made by the condition: adaLN (Peebles and Xie 2023)."""

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.attn = SelfAttention(d, heads)
        self.adaLN = nn.Linear(d, 6 * d)  # shift, scale, gate of attention, and then of the MLP
        self.fc1 = nn.Linear(d, 4 * d)
        self.fc2 = nn.Linear(4 * d, d)

    def forward(self, x: Float[Tensor, "b n d"], c: Float[Tensor, "b d"]) -> Float[Tensor, "b n d"]:
        """Add attention and then the MLP, each of the modulated norm and through its gate."""
        # BEGIN SOLUTION
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN(F.silu(c)).chunk(6, dim=1)
        y = modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift1, scale1)
        x = x + gate1[:, None] * self.attn(y)
        y = modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift2, scale2)
        return x + gate2[:, None] * self.fc2(F.gelu(self.fc1(y), approximate="tanh"))
        # END SOLUTION


class FinalLayer(nn.Module):
    """From tokens to the numbers of a patch."""

    def __init__(self, d: int, k: int) -> None:
        super().__init__()
        self.adaLN = nn.Linear(d, 2 * d)  # shift, scale
        self.linear = nn.Linear(d, k)

    def forward(self, x: Float[Tensor, "b n d"], c: Float[Tensor, "b d"]) -> Float[Tensor, "b n k"]:
        """Return the linear map of the modulated norm."""
        # BEGIN SOLUTION
        shift, scale = self.adaLN(F.silu(c)).chunk(2, dim=1)
        return self.linear(modulate(F.layer_norm(x, x.shape[2:], eps=1e-6), shift, scale))
        # END SOLUTION


def start_at_zero(model: nn.Module) -> None:
    """Set the weights with which training begins, in place: every block is the identity, the output is 0.

    The model has `clock` (with `fc1`, `fc2`), `table`, `blocks` and `final`, as `DiT` in dit.py.
    """
    # BEGIN SOLUTION
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    for layer in (model.table, model.clock.fc1, model.clock.fc2):
        nn.init.normal_(layer.weight, std=0.02)
    for layer in (*(block.adaLN for block in model.blocks), model.final.adaLN, model.final.linear):
        nn.init.zeros_(layer.weight)  # its bias is 0 already
    # END SOLUTION


def moving_weights(model: nn.Module, loss: Float[Tensor, ""]) -> set[str]:
    """Return the names of the parameters that a step of gradient descent on `loss` would move.

    Nothing is written to any `.grad`; the graph of `loss` may be used up.
    """
    # BEGIN SOLUTION
    if not loss.requires_grad:
        return set()
    learning = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    gradients = torch.autograd.grad(loss, list(learning.values()), allow_unused=True)
    return {name for name, g in zip(learning, gradients, strict=True) if g is not None and g.any()}
    # END SOLUTION
