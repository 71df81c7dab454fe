"""Public checks of cross-attention and of the transformer on a feature map."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, exactly, expect, task

from .. import plays_attention as plays
from .near import near
from .weights import cross_attention, drawn, spatial_transformer, transformer_block

REAL = (
    "True marks a key that may be looked at; nn.MultiheadAttention's key_padding_mask is the other way round."
)


MAP, ROWS, WORDS = (2, 4, 2, 3), (2, 3, 4), (2, 3, 5)  # shapes: feature maps, positions of them, prompts


def inputs(seed: Seed, **shapes: tuple[int, ...]) -> list[Tensor]:
    """Return a fresh tensor of each shape, drawn by its name."""
    return [seed.fork(name).normal(*shape) for name, shape in shapes.items()]


# -------------------- 4.1 cross_attention
@task("cross_attention")
def test_heads_have_blocks_of_channels(submission):
    """With equal keys, and the values 0..5 for each, two heads give 0..5 back at every position"""
    v = torch.arange(6).double().expand(1, 2, 6)
    came = submission.attention.attention(torch.zeros(1, 3, 6).double(), torch.zeros(1, 2, 6).double(), v, 2)
    hint = (
        "Split the last axis alone, (b, n, heads, d), then move the heads forward; on the way back move them "
        "first, then join. view(b, heads, n, d) cuts positions apart."
    )
    near(came, v[:, :1].expand(1, 3, 6), "the result", hint)


@task("cross_attention")
def test_heads_do_not_mix(submission, seed):
    """Two heads give, side by side, what each half of the channels gives alone"""
    q, k, v = inputs(seed, q=(2, 3, 6), k=(2, 4, 6), v=(2, 4, 6))
    came = submission.attention.attention(q, k, v, 2)
    halves = [
        submission.attention.attention(q[..., h], k[..., h], v[..., h], 1) for h in (slice(3), slice(3, 6))
    ]
    hint = "Head 0 has the first channels. view(b, heads, n, d) cuts positions apart, not channels."
    near(came, torch.cat(halves, 2), "the result", hint)


@task("cross_attention")
def test_equal_scores_give_the_mean(submission, seed):
    """With one head, a query of zeros takes the mean of all values"""
    k, v = inputs(seed, k=(2, 5, 4), v=(2, 5, 4))
    came = submission.attention.attention(torch.zeros(2, 3, 4).double(), k, v, 1)
    expected = v.mean(1, keepdim=True).expand(2, 3, 4)
    near(came, expected, "the mean", "Softmax over the keys, the last axis.")


@task("cross_attention", weight=2)
def test_scores_are_divided_by_the_root_of_a_heads_width(submission):
    """With two heads of 4 channels, products 2 ln 3 and 0 become ln 3 and 0: weights 3/4 and 1/4"""
    k = torch.zeros(1, 2, 8).double()
    k[0, 0, 0] = 2 * math.log(3)
    v = exactly(1, 0).reshape(1, 2, 1).expand(1, 2, 8)
    came = submission.attention.attention(torch.ones(1, 1, 8).double(), k, v, 2)
    hint = "Divide by the square root of the channels of one head, 4, not of all 8. Head 1 sees equal keys."
    expected = exactly(*[0.75] * 4, *[0.5] * 4).reshape(1, 1, 8)
    near(came, expected, "the result", hint)


@task("cross_attention", weight=2)
def test_masked_keys_do_not_exist(submission, seed):
    """Two real keys and three of padding give the same as the two alone, whatever stands in the padding"""
    q, k, v = inputs(seed, q=(2, 3, 4), k=(2, 5, 4), v=(2, 5, 4))
    k = 3 * k  # so that weights are far from even
    mask = torch.tensor([[True, True, False, False, False]]).expand(2, 5)
    came = submission.attention.attention(q, k, v, 2, mask)
    alone = submission.attention.attention(q, k[:, :2], v[:, :2], 2)
    near(came, alone, "the result with padding", REAL)
    k, v = (
        torch.cat([y[:, :2], torch.full((2, 3, 4), fill).double()], 1) for y, fill in ((k, 50.0), (v, -1e6))
    )
    other = submission.attention.attention(q, k, v, 2, mask)
    hint = "A weight of exactly 0: minus infinity before the softmax, not zero after it."
    near(other, alone, "the result with other padding", hint)
    one, keys = exactly(1).reshape(1, 1, 1), exactly(0, 20_001).reshape(1, 2, 1)
    seen = torch.tensor([[True, False]])
    came = submission.attention.attention(one, keys, (keys > 0).double(), 1, seen)
    near(came, 0 * one, "the result when the padding's score is 20001", hint)


@task("cross_attention")
def test_each_sample_has_its_own_mask(submission, seed):
    """In a batch of three with 1, 2 and 3 real keys each sample sees its own keys"""
    q, k, v = (seed.fork(name).normal(3, 3, 4) for name in "qkv")
    mask = torch.ones(3, 3).tril().bool()
    came = submission.attention.attention(q, k, v, 2, mask)
    for i in range(3):
        alone = submission.attention.attention(q[i : i + 1], k[i : i + 1, : i + 1], v[i : i + 1, : i + 1], 2)
        hint = "The mask belongs to samples and keys: (b, 1, 1, m) lines up with scores of (b, heads, n, m)."
        near(came[i], alone[0], f"sample {i}", hint)


@task("cross_attention", weight=2)
def test_queries_come_from_x_and_keys_from_the_context(submission, seed):
    """With one word of context every position learns the same: to_out(to_v(word))"""
    x, word = inputs(seed, x=ROWS, word=(2, 1, 6))
    w = drawn(seed.fork("w"), cross_attention(4, 6))
    came = submission.play(plays.cross_attention, x, word, None, 2, w)
    expected = (word @ w["to_v.weight"].T) @ w["to_out.weight"].T + w["to_out.bias"]
    hint = "q from x, k and v from the context; nothing is added to x here."
    near(came, expected.expand(2, 3, 4), "the result", hint)


@task("cross_attention")
def test_without_context_x_looks_at_itself(submission, seed):
    """Attention to itself is attention to a context that is x, and the mask belongs to the context"""
    x, mask = seed.normal(2, 3, 4), torch.tensor([[True, False, True], [True, True, False]])
    w = drawn(seed.fork("w"), cross_attention(4, 4))
    alone = submission.play(plays.cross_attention, x, None, mask, 2, w)
    given = submission.play(plays.cross_attention, x, x, mask, 2, w)
    near(alone, given, "the result", "context = x if there is none.")
    every = submission.play(plays.cross_attention, x, None, None, 2, w)
    differs = (alone - every).abs().max() > 1e-6
    expect(differs, "the mask changes nothing", "CrossAttention hands it on to attention.")


# -------------------- 4.2 spatial_transformer
@task("spatial_transformer")
def test_a_fresh_transformer_changes_nothing(submission, seed):
    """proj_out begins with zeros, so what comes out is x"""
    x, words = inputs(seed, x=MAP, words=WORDS)
    silent = drawn(seed.fork("w"), spatial_transformer(4, 5, 6), ("proj_out",))
    came = submission.play(plays.spatial_transformer, x, words, None, 6, silent)
    hint = "Add x, as it came in, to what proj_out returns."
    near(came, x, "the result", hint)


@task("spatial_transformer", weight=2)
def test_a_silent_block_leaves_two_projections(submission, seed):
    """When the three parts of the block give 0, what is left is x + proj_out(proj_in(norm(x)))"""
    x, words = inputs(seed, x=MAP, words=WORDS)
    w = drawn(seed.fork("w"), spatial_transformer(4, 5, 6), ("to_out", "mlp"))
    came = submission.play(plays.spatial_transformer, x, words, None, 6, w)
    normed = torch.nn.functional.group_norm(x, 2, w["norm.weight"], w["norm.bias"], 1e-6)
    inside = (
        torch.einsum("dc,bchw->bdhw", w["proj_in.weight"][:, :, 0, 0], normed)
        + w["proj_in.bias"][:, None, None]
    )
    outside = torch.einsum("cd,bdhw->bchw", w["proj_out.weight"][:, :, 0, 0], inside)
    expected = x + outside + w["proj_out.bias"][:, None, None]
    hint = "Each part of the block is added to what comes in; the norm of the map is outside of the sum."
    near(came, expected, "the result", hint)


@task("spatial_transformer")
def test_positions_can_be_permuted(submission, seed):
    """A map turned upside down and left to right gives the turned result: nothing says where a position is"""
    x, words = inputs(seed, x=MAP, words=WORDS)
    w = drawn(seed.fork("w"), spatial_transformer(4, 5, 6))
    came, turned = (
        submission.play(plays.spatial_transformer, one, words, None, 6, w) for one in (x, x.flip(2, 3))
    )
    hint = "(b, c, h, w) to (b, h w, c) and back: reshape alone mixes channels with positions."
    near(turned, came.flip(2, 3), "the turned result", hint)
    columns = submission.play(plays.spatial_transformer, x[:, :, :, [1, 2, 0]], words, None, 6, w)
    near(columns, came[:, :, :, [1, 2, 0]], "the result of moved columns", hint)
    other = submission.play(plays.spatial_transformer, x, words + 1, None, 6, w)
    expect((other - came).abs().max() > 1e-3, "other words give the same map")


@task("spatial_transformer")
def test_padding_of_the_prompt_has_no_effect(submission, seed):
    """Other vectors in the places of padding change nothing, and other words do"""
    x, words = inputs(seed, x=MAP, words=WORDS)
    mask, padded, changed = torch.tensor([[True, True, False]]).expand(2, 3), words.clone(), words.clone()
    padded[:, 2], changed[:, 1] = 9.0, 9.0
    w = drawn(seed.fork("w"), spatial_transformer(4, 5, 6))
    came, same, other = (
        submission.play(plays.spatial_transformer, x, one, mask, 6, w) for one in (words, padded, changed)
    )
    hint = "The mask belongs to the attention to the context; hand it on."
    near(same, came, "the result with other padding", hint)
    expect(
        (other - came).abs().max() > 1e-6, "another word changes nothing", "The context goes to to_context."
    )


@task("spatial_transformer", weight=2)
def test_parts_follow_one_another(submission, seed):
    """The network gets the normed sum: with silent attentions the block is x + mlp(norm3(x))"""
    x, words = inputs(seed, x=ROWS, words=WORDS)
    w = drawn(seed.fork("w"), transformer_block(4, 5), ("to_out",))
    came = submission.play(plays.transformer_block, x, words, None, 2, w)
    normed = torch.nn.functional.layer_norm(x, (4,), w["norm3.weight"], w["norm3.bias"])
    hidden = torch.nn.functional.gelu(normed @ w["mlp.0.weight"].T + w["mlp.0.bias"])
    expected = x + hidden @ w["mlp.2.weight"].T + w["mlp.2.bias"]
    hint = "Norm first, then the part, then the sum: three times, each with its own norm."
    near(came, expected, "the result", hint)


@task("spatial_transformer")
def test_positions_look_at_each_other_before_the_context(submission, seed):
    """With a silent network, one word adds the same vector to every position, after they have met"""
    x, word = inputs(seed, x=ROWS, word=(2, 1, 5))
    w = drawn(seed.fork("w"), transformer_block(4, 5), ("mlp",))
    half = drawn(seed.fork("w"), transformer_block(4, 5), ("mlp", "to_context.to_out"))
    without, came = (submission.play(plays.transformer_block, x, word, None, 2, one) for one in (half, w))
    told = (
        word @ w["to_context.to_v.weight"].T @ w["to_context.to_out.weight"].T + w["to_context.to_out.bias"]
    )
    hint = "First to_itself, then to_context, then the network."
    near(came, without + told, "the result", hint)


@task("spatial_transformer")
def test_block_hands_the_mask_on(submission, seed):
    """With two of three words masked the block gives what it gives for the one word alone"""
    x, words = inputs(seed, x=ROWS, words=WORDS)
    mask = torch.tensor([[True, False, False]]).expand(2, 3)
    w = drawn(seed.fork("w"), transformer_block(4, 5))
    masked = submission.play(plays.transformer_block, x, words, mask, 2, w)
    alone = submission.play(plays.transformer_block, x, words[:, :1], None, 2, w)
    hint = "The mask belongs to to_context alone: positions of an image are never padding."
    near(masked, alone, "the result", hint)
    other = submission.play(plays.transformer_block, x, words + 1, mask, 2, w)
    expect((other - masked).abs().max() > 1e-3, "another word gives the same result")
