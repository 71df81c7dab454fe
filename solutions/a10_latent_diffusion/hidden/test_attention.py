"""Hidden checks of attention: fresh inputs, worked out head by head from the weights."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.checks import Seed, any_of, close, expect, expect_dtype, task

from .. import plays_attention as plays
from ..tests.near import EXACT, LONG, SINGLE, near
from ..tests.weights import Shapes, cross_attention, drawn, spatial_transformer, transformer_block
from .gates import expect_alike
from .plain import attend, block, cross, spatial


def a_mask(seed: Seed, b: int, m: int) -> torch.Tensor:
    """Return a mask with holes; the first key is real."""
    mask = seed.uniform(b, m) < 0.5
    mask[:, 0] = True
    return mask


# -------------------- 4.1 cross_attention
@task("cross_attention", gate=True)
def test_attention_is_an_answer_at_all(submission, seed):
    """Sharp queries fetch about the values of their keys, or CrossAttention goes with its weights"""
    k, v = seed.fork("k").normal(1, 8, 16), seed.fork("v").normal(1, 8, 16)
    order = torch.tensor([3, 1, 4, 0, 5, 7, 2, 6])
    x, words = seed.fork("x").normal(2, 5, 6), seed.fork("words").normal(2, 1, 3)
    w = drawn(seed.fork("w"), cross_attention(6, 3))
    out = (words @ w["to_v.weight"].T @ w["to_out.weight"].T + w["to_out.bias"]).expand(2, 5, 6)
    any_of(
        lambda: expect_alike(submission.attention.attention(100 * k[:, order], k, v, 1), v[:, order]),
        lambda: expect_alike(submission.play(plays.cross_attention, x, words, None, 2, w), out),
    )


@task("cross_attention", weight=2)
def test_attention_is_exact(submission, seed):
    """Any number of heads, queries and keys, with masks that have holes, in float64 and float32

    Heads are blocks of neighbouring channels; divide by the root of a head's width; masks differ by sample
    and may have holes.
    """
    for b, n, m, c, heads, dtype, rtol in (
        (2, 3, 5, 6, 3, torch.float64, EXACT),
        (3, 1, 4, 8, 1, torch.float64, EXACT),
        (1, 4, 1, 4, 4, torch.float64, EXACT),
        (2, 4, 4, 4, 2, torch.float32, SINGLE),
    ):
        q, k, v = (
            seed.fork(f"{name}{n}").normal(b, size, c).to(dtype)
            for name, size in zip("qkv", (n, m, m), strict=True)
        )
        for mask in (None, a_mask(seed.fork(f"{m}"), b, m)):
            came = submission.attention.attention(q, k, v, heads, mask)
            near(came, attend(q, k, v, heads, mask), within=rtol)
            expect_dtype(came, dtype)


@task("cross_attention")
def test_attention_is_safe_at_large_scores(submission, seed):
    """Products of some thousands give no NaN, and padding gets no gradient; the mask is not changed

    Try products of thousands with a mask: softmax before or after a multiplication by 0 gives NaN,
    masked_fill with -inf before it does not. Do not write into the mask.
    """
    q, k, v = (seed.fork(name).normal(2, 3, 4) for name in "qkv")
    came = submission.attention.attention(200 * q, 50 * k, v, 2)
    near(came, attend(200 * q, 50 * k, v, 2, None), "the result for large scores", within=LONG)
    mask = torch.tensor([[True, False, True], [True, True, False]])
    came = submission.play(plays.attention_and_gradient, q, k, v, 2, mask)
    for name in "kv":
        found, what = came[f"by {name}"], f"the gradient with respect to {name}"
        near(found[~mask], torch.zeros(2, 4), f"{what} of padding")
        expect(found[mask].abs().max() > 1e-9, f"no gradient with respect to {name}")
    close(came["mask"], mask, what="the mask afterwards")


@task("cross_attention", weight=2)
def test_cross_attention_is_exact(submission, seed):
    """With fresh weights, other widths of context, with mask and without, and on itself

    Keys and values come from the context, of its own width; without a context from x itself.
    """
    x, words = seed.fork("x").normal(2, 5, 6), seed.fork("words").normal(2, 4, 3)
    for context, keys in ((words, 4), (None, 5)):
        for mask in (None, a_mask(seed.fork("mask"), 2, keys)):
            w = drawn(seed.fork("w"), cross_attention(6, 6 if context is None else 3))
            came = submission.play(plays.cross_attention, x, context, mask, 3, w)
            expected = cross(w, "", x, x if context is None else context, 3, mask)
            near(came, expected, within=LONG)


# -------------------- 4.2 spatial_transformer
@task("spatial_transformer", gate=True)
def test_transformer_is_an_answer_at_all(submission, seed):
    """Block or map goes with what comes in, and is moved by it"""
    x, words = 30 * seed.fork("x").normal(1, 4, 5, 5), seed.fork("words").normal(1, 3, 5)
    rows = 30 * seed.fork("rows").normal(1, 10, 8)

    def moved(play: Callable[..., Any], x: Tensor, dim: int, shapes: Shapes) -> None:
        came = submission.play(play, x, words, None, dim, drawn(seed.fork("w"), shapes))
        expect_alike(came, x)
        expect((came - x).abs().max() > 1e-6, "what went in came back unchanged")

    any_of(
        lambda: moved(plays.transformer_block, rows, 2, transformer_block(8, 5)),
        lambda: moved(plays.spatial_transformer, x, 6, spatial_transformer(4, 5, 6)),
    )


@task("spatial_transformer", weight=2)
def test_block_is_exact(submission, seed):
    """Self-attention, cross-attention and network follow one another, with fresh weights and a mask

    Norm, then self-attention; norm, then cross-attention with the mask; norm, then the network: each is added
    to what went in.
    """
    x, words = seed.fork("x").normal(2, 5, 4), seed.fork("words").normal(2, 3, 6)
    for mask in (None, a_mask(seed.fork("mask"), 2, 3)):
        w = drawn(seed.fork("w"), transformer_block(4, 6))
        came = submission.play(plays.transformer_block, x, words, mask, 2, w)
        near(came, block(w, "", x, words, 2, mask), within=LONG)


@task("spatial_transformer", weight=2)
def test_map_is_exact(submission, seed):
    """Maps of any shape, with as many rows as columns or not, with fresh weights and a mask

    Rows times columns become tokens and tokens rows and columns again: try maps that are not square.
    """
    for h, w, c, dim in ((3, 2, 4, 6), (2, 2, 6, 4), (1, 4, 2, 2)):
        x, words = seed.fork(f"x{h}").normal(2, c, h, w), seed.fork("words").normal(2, 3, 5)
        mask = a_mask(seed.fork("mask"), 2, 3)
        weights = drawn(seed.fork("w"), spatial_transformer(c, 5, dim))
        came = submission.play(plays.spatial_transformer, x, words, mask, dim, weights)
        near(came, spatial(weights, x, words, 2, mask), "the map", within=LONG)
