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
    raise NotImplementedError("TODO modulate: read task 3.1 in README.md")


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
        raise NotImplementedError("TODO self_attention: read task 3.2 in README.md")


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
        raise NotImplementedError("TODO dit_block: read task 3.3 in README.md")


class FinalLayer(nn.Module):
    """From tokens to the numbers of a patch."""

    def __init__(self, d: int, k: int) -> None:
        super().__init__()
        self.adaLN = nn.Linear(d, 2 * d)  # shift, scale
        self.linear = nn.Linear(d, k)

    def forward(self, x: Float[Tensor, "b n d"], c: Float[Tensor, "b d"]) -> Float[Tensor, "b n k"]:
        """Return the linear map of the modulated norm."""
        raise NotImplementedError("TODO dit_block: read task 3.3 in README.md")


def start_at_zero(model: nn.Module) -> None:
    """Set the weights with which training begins, in place: every block is the identity, the output is 0.

    The model has `clock` (with `fc1`, `fc2`), `table`, `blocks` and `final`, as `DiT` in dit.py.
    """
    raise NotImplementedError("TODO start_at_zero: read task 3.4 in README.md")


def moving_weights(model: nn.Module, loss: Float[Tensor, ""]) -> set[str]:
    """Return the names of the parameters that a step of gradient descent on `loss` would move.

    Nothing is written to any `.grad`; the graph of `loss` may be used up.
    """
    raise NotImplementedError("TODO start_at_zero: read task 3.4 in README.md")
