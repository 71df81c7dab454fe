"""Hidden checks of the blocks: fresh weights, against plain functions of the same weights."""

import torch

from autograder.checks import expect, expect_dtype, task

from .. import plays_model
from ..tests.near import EXACT, near
from ..tests.parts import attention_block, conv, res_block, weights
from . import functional
from .fresh import expect_in_step, several, sharp


# -------------------- 4.2 ResBlock
@task("ResBlock", gate=True)
def test_res_block_is_an_answer_at_all(submission, seed):
    """What is added to the skip goes with the right addition, on fresh weights"""
    given = weights(seed, res_block(4, 4, 6))
    x, emb = several(seed, (3, 4, 5, 5), (3, 6))
    came = submission.play(plays_model.res_block, [4, 4, 6, 2], given, x, emb)
    expect(came.shape == x.shape, f"shape {tuple(came.shape)}; expected {tuple(x.shape)}")
    expect_in_step(came - x, functional.res_block(x, emb, 2, given) - x)


@task("ResBlock", weight=2)
def test_res_block_is_what_its_parts_make(submission, seed):
    """Block after block, with and without a change of channels, on fresh weights

    Norm, silu, convolution; then the embedding through silu and its layer is added; norm, silu, convolution;
    and the skip of x, with and without a change of channels.
    """
    for c_in, c_out, groups in ((4, 4, 2), (4, 6, 1), (6, 3, 3), (8, 8, 8)):
        given = weights(seed, res_block(c_in, c_out, 5))
        x, emb = several(seed, (2, c_in, 3, 4), (2, 5))
        came = submission.play(plays_model.res_block, [c_in, c_out, 5, groups], given, 3 + 2 * x, 2 * emb)
        expected = functional.res_block(3 + 2 * x, 2 * emb, groups, given)
        near(came, expected, f"{c_in} to {c_out} channels, {groups} groups", within=EXACT)


@task("ResBlock")
def test_res_block_has_eight_groups(submission, seed):
    """Unless told otherwise both norms have 8 groups

    Leave `groups` out: both norms then have 8.
    """
    given = weights(seed, res_block(8, 16, 3))
    x, emb = several(seed, (1, 8, 2, 3), (1, 3))
    came = submission.play(plays_model.res_block, [8, 16, 3], given, x, emb)
    expected = functional.res_block(x, emb, 8, given)
    near(came, expected, "the block's image", within=EXACT)


# -------------------- 4.3 attention, SelfAttention2d
@task("SelfAttention2d", gate=True)
def test_attention_is_an_answer_at_all(submission, seed):
    """Fresh queries get about the values of the keys that they look for"""
    q, k, v = several(seed, (2, 2, 9, 4), (2, 2, 7, 4), (2, 2, 7, 5))
    came = submission.blocks.attention(3 * q, k, v)
    expect_in_step(came, functional.attend(3 * q, k, v))


@task("SelfAttention2d", weight=2)
def test_attention_is_exact(submission, seed):
    """Fresh queries, keys and values of any number and size, in chunks or not, as torch's fused attention

    Compare with F.scaled_dot_product_attention for other sizes, more keys than queries, and chunks that do
    not divide: softmax is over all keys.
    """
    for n, m, d, e, chunk in ((1, 6, 3, 3, 128), (150, 9, 4, 2, 128), (10, 11, 1, 4, 4), (6, 1, 8, 3, 1)):
        q, k, v = several(seed, (2, 3, n, d), (2, 3, m, d), (2, 3, m, e))
        came = submission.blocks.attention(2 * q, k, v, chunk)
        near(came, functional.attend(2 * q, k, v), f"{n} queries by {chunk}", within=EXACT)


@task("SelfAttention2d")
def test_attention_to_the_one_that_fits(submission, seed):
    """Products of thousands overflow nothing: each query gets the value of its own key; float32 stays

    Try products of thousands, float32 too: the largest score is subtracted before exp.
    """
    directions = torch.linalg.qr(seed.fork("q").normal(6, 6)).Q.reshape(1, 1, 6, 6).float()
    v = seed.fork("v").normal(1, 1, 6, 3).float()
    order = torch.randperm(6, generator=seed.fork("order").generator())
    came = submission.blocks.attention(100 * directions[:, :, order], 100 * directions, v)
    expect_dtype(came, torch.float32)
    near(came, v[:, :, order], "the values")


@task("SelfAttention2d", weight=2)
def test_attention_block_is_what_its_parts_make(submission, seed):
    """The block is norm, qkv, attention head by head, proj and x, on fresh weights

    The channels of qkv are all queries, all keys, all values, each cut into heads of neighbouring channels;
    scale by the width of a head, and add proj of the result to the image.
    """
    for channels, heads, groups, H, W in ((4, 1, 2, 3, 4), (6, 3, 3, 2, 5), (8, 2, 1, 4, 4), (4, 4, 4, 1, 3)):
        given, x = sharp(seed, attention_block(channels)), seed.fork("x").normal(2, channels, H, W)
        came = submission.play(plays_model.attention_block, [channels, heads, groups], given, x)
        expected = functional.attention_block(x, heads, groups, given)
        near(came, expected, f"{channels} channels, {heads} heads", within=EXACT)


@task("SelfAttention2d")
def test_attention_block_has_one_head_and_eight_groups(submission, seed):
    """Unless told otherwise there is one head, and the norm has 8 groups

    Leave both settings out: one head, and 8 groups in the norm.
    """
    given, x = sharp(seed, attention_block(16)), seed.fork("x").normal(1, 16, 2, 2)
    came = submission.play(plays_model.attention_block, [16], given, x)
    near(came, functional.attention_block(x, 1, 8, given), "the block's image", within=EXACT)


# -------------------- 4.4 Down, Up
@task("resampling", gate=True)
def test_resampling_is_an_answer_at_all(submission, seed):
    """Smaller and larger images go with the right ones, on fresh weights"""
    given, x = weights(seed, conv("conv", 3, 3, 3)), seed.fork("x").normal(2, 3, 6, 6)
    smaller = submission.play(plays_model.down, 3, given, x)
    expect_in_step(smaller, functional.convolve(x, functional.part(given, "conv"), 2))
    larger = submission.play(plays_model.up, 3, given, x, [12, 12])
    expect_in_step(larger, functional.up(x, (12, 12), given))


@task("resampling", weight=2)
def test_resampling_of_any_size(submission, seed):
    """Sides even and odd, down and up again, on fresh weights

    Try odd sides: down rounds up as the convolution does, and up is told the size to reach.
    """
    for H, W in ((4, 4), (5, 6), (7, 3), (1, 2)):
        given, x = weights(seed, conv("conv", 3, 3, 3)), seed.fork("x").normal(2, 3, H, W)
        smaller = submission.play(plays_model.down, 3, given, x)
        expected = functional.convolve(x, functional.part(given, "conv"), 2)
        near(smaller, expected, f"down of {H} × {W}", within=EXACT)
        larger = submission.play(plays_model.up, 3, given, expected, [H, W])
        near(larger, functional.up(expected, (H, W), given), f"up to {H} × {W}", within=EXACT)
