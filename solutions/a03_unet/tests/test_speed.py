"""Tasks 1.1 and 4.3: what a layer of real size costs, in units of torch's own."""

import torch

from autograder.checks import Seed, task

from .. import plays


def a_layer(seed: Seed) -> tuple[torch.Tensor, ...]:
    """An image of 64 × 64 pixels and 16 channels, and a kernel of 4 × 4; the sides double."""
    x = seed.fork("x").normal(1, 16, 64, 64, dtype=torch.float32)
    weight = seed.fork("weight").normal(16, 8, 4, 4, dtype=torch.float32) / 4
    return x, weight, seed.fork("bias").normal(8, dtype=torch.float32), 2, 1


@task("conv_transpose2d")
def test_copies_are_written_all_at_once(speed):
    """A loop over the 16 places of the kernel is fine, one over the 4096 pixels of the image is not"""
    hint = "For one place of the kernel all pixels are one product, which goes to every stride-th pixel."
    speed("transposed_conv.conv_transpose2d", plays.torchs_transposed, a_layer, hint=hint)


def many_positions(seed: Seed) -> tuple[torch.Tensor | int, ...]:
    """Queries, keys and values of 2 heads at 48 × 64 positions, and 32 queries at a time."""
    draw = seed.normal(3, 1, 2, 3072, 32, dtype=torch.float32)
    return draw[0], draw[1], draw[2], 32


@task("SelfAttention2d")
def test_weights_do_not_exist_all_at_once(memory):
    """At 3072 positions each head has 9 million weights; only those of 32 queries are in memory"""
    hint = "Work out the rows of one chunk after the other, and keep only what they have averaged."
    memory("blocks.attention", plays.torchs_attention, many_positions, hint=hint)
