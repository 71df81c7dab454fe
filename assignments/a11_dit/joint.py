"""Two kinds of tokens, one attention: the block of Stable Diffusion 3 (MM-DiT; Esser et al. 2024)."""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Bool, Float
from torch import Tensor, nn

from .block import modulate


class Stream(nn.Module):
    """The weights of one kind of tokens, named and ordered as in DiTBlock; the last of texts has fewer."""

    def __init__(self, d: int, heads: int, last: bool = False) -> None:
        super().__init__()
        self.adaLN = nn.Linear(d, 2 * d if last else 6 * d)
        self.qkv = nn.Linear(d, 3 * d)
        self.q_norm = nn.RMSNorm(d // heads, eps=1e-6)
        self.k_norm = nn.RMSNorm(d // heads, eps=1e-6)
        if not last:
            self.proj = nn.Linear(d, d)
            self.fc1 = nn.Linear(d, 4 * d)
            self.fc2 = nn.Linear(4 * d, d)


class JointBlock(nn.Module):
    """Two streams that meet in one attention; after the last block nobody asks for the text's."""

    def __init__(self, d: int, heads: int, last: bool = False) -> None:
        super().__init__()
        self.heads, self.last = heads, last
        self.x = Stream(d, heads)
        self.text = Stream(d, heads, last)

    def forward(
        self,
        x: Float[Tensor, "b n d"],
        text: Float[Tensor, "b m d"],
        c: Float[Tensor, "b d"],
        text_mask: Bool[Tensor, "b m"] | None = None,  # True: a word; None: all are
    ) -> tuple[Float[Tensor, "b n d"], Float[Tensor, "b m d"] | None]:
        """Return both streams, the text's as None when `last`. Nobody looks at what is no word."""
        raise NotImplementedError("TODO joint_block: read task 5.1 in README.md")
