"""Recomputation: activations are forgotten on the way forwards and made again on the way back."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn


def checkpointed(block: nn.Module, x: Float[Tensor, "*dims"]) -> Float[Tensor, "*out"]:
    """Return block(x) without keeping what it computes inside (Chen et al. 2016).

    The block runs without gradients now, and once more, with gradients, in the backward pass. y and all
    gradients, of x and of the block's parameters, are those of block(x), with .backward() and with
    torch.autograd.grad. The second run draws the random numbers of the first, and the backward pass leaves
    torch's generator where it finds it. Parameters get their gradients even if x needs none.
    """
    # BEGIN SOLUTION
    weights = [p for p in block.parameters() if p.requires_grad]

    class Again(torch.autograd.Function):
        """y as a function of x and the weights; its forward runs without gradients."""

        @staticmethod
        def forward(ctx: Any, x: Tensor, *weights: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            ctx.random = torch.get_rng_state()
            return block(x)

        @staticmethod
        def backward(ctx: Any, by_y: Tensor) -> Any:
            (x,) = ctx.saved_tensors
            x = x.detach().requires_grad_()
            # The same random numbers once more.
            now = torch.get_rng_state()
            torch.set_rng_state(ctx.random)
            with torch.enable_grad():
                y = block(x)
            torch.set_rng_state(now)
            return torch.autograd.grad(y, (x, *weights), by_y, allow_unused=True)

    return Again.apply(x, *weights)
    # END SOLUTION


def checkpointed_chain(
    blocks: Sequence[nn.Module], x: Float[Tensor, "*dims"], segments: int
) -> Float[Tensor, "*out"]:
    """Return what all blocks, one after the other, make of x, recomputed in `segments` pieces.

    Each piece is a run of consecutive blocks, their lengths differ by at most 1, and only what goes into a
    piece is kept. Raises ValueError unless 1 <= segments <= number of blocks.
    """
    # BEGIN SOLUTION
    n = len(blocks)
    if not 1 <= segments <= n:
        raise ValueError(f"{n} blocks cannot be cut into {segments} pieces")
    for i in range(segments):
        piece = blocks[i * n // segments : (i + 1) * n // segments]
        x = checkpointed(nn.Sequential(*piece), x)
    return x
    # END SOLUTION
