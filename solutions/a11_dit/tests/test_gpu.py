"""Tasks 1.1 and 3.2 on a GPU, whose checks cost no points: run by `autograder grade --device cuda` alone."""

from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, close, task

from .. import plays
from .test_speed import large_maps, pixels_are_where_they_belong


@task("patchify", device="cuda")
def test_patches_are_one_kernel(speed):
    """16 maps of 4 x 128 x 128 pixels take no longer than a few moves of them all, on a GPU"""
    hint = "Each small operation is a kernel that is launched by itself: reorder all pixels at once."
    speed("patch.patchify", plays.shuffle_pixels, large_maps, pixels_are_where_they_belong, hint)


def many_tokens(seed: Seed) -> tuple[dict[str, Tensor], Tensor, int]:
    """One picture of 2,048 tokens with 64 channels, for four heads."""
    shapes = {"qkv.weight": (192, 64), "qkv.bias": (192,), "proj.weight": (64, 64), "proj.bias": (64,)}
    weights = {
        name: seed.fork(name).normal(*shape, dtype=torch.float32) / 8 for name, shape in shapes.items()
    }
    return weights, seed.fork("x").normal(1, 2048, 64, dtype=torch.float32), 4


def as_scores_say(came: Tensor, _: Tensor, args: tuple[Any, ...]) -> None:
    """Every token is the mean of all values by the softmax of its scores, in float64."""
    weights, x, heads = args
    qkv = x.double() @ weights["qkv.weight"].double().T + weights["qkv.bias"].double()
    q, k, v = qkv.unflatten(2, (3, heads, 16)).permute(2, 0, 3, 1, 4)
    out = ((q @ k.mT / 4).softmax(dim=-1) @ v).transpose(1, 2).flatten(2)
    expected = out @ weights["proj.weight"].double().T + weights["proj.bias"].double()
    close(came, expected, rtol=1e-3, atol=1e-4, what="the tokens")  # float32


@task("self_attention", device="cuda")
def test_scores_are_not_kept(memory):
    """2,048 tokens hold about as much as four tables of their size, on a GPU: no matrix of scores"""
    hint = "F.scaled_dot_product_attention never holds all scores; a softmax of q @ k.mT does."
    memory(plays.attention_of_many, plays.four_tables, many_tokens, as_scores_say, hint)
