"""Hidden checks of the block: fresh weights, head by head and sample by sample."""

import torch

from autograder.checks import any_of, close, task

from .. import plays
from ..tests import weights as drawn
from ..tests.near import LONG, gradients_near, near
from . import fresh


# -------------------- 3.1 modulate
@task("modulate", gate=True)
def test_modulation_is_an_answer_at_all(submission, seed):
    """Fresh tokens go with what comes back, and so does what has changed"""
    x, shift = seed.fork("x").normal(3, 4, 8), seed.fork("shift").normal(3, 8)
    came = submission.block.modulate(x, shift, shift.flip(0))
    right = x * (1 + shift.flip(0)[:, None]) + shift[:, None]
    fresh.expect_alike(came, right, 0.2)
    fresh.expect_alike(came - x, right - x, 0.2)


@task("modulate", weight=2)
def test_modulation_of_fresh_tokens(submission, seed):
    """Each token of fresh samples is scaled by 1 + its sample's scale, and shifted

    x (1 + scale) + shift: scale and shift are of samples, (b, d), and go to every token of theirs.
    """
    for b, n, d in ((2, 5, 3), (4, 4, 2), (1, 3, 6)):
        x = seed.fork(f"x{b}").normal(b, n, d)
        shift, scale = seed.fork(f"shift{b}").normal(b, d), seed.fork(f"scale{b}").normal(b, d)
        right = torch.stack([x[i] + x[i] * scale[i] + shift[i] for i in range(b)])
        near(submission.block.modulate(x, shift, scale), right, "the tokens")


@task("modulate")
def test_modulation_of_fresh_gradients(submission, seed):
    """Gradients of a fresh sum are right, and nothing is changed

    Take gradients by tokens, shift and scale: nothing is written in place.
    """
    x, by = seed.fork("x").normal(2, 5, 3), seed.fork("by").normal(2, 5, 3)
    shift, scale = seed.fork("shift").normal(2, 3), seed.fork("scale").normal(2, 3)
    came = submission.play(plays.modulated, x, shift, scale, by)
    right = {"x": by + by * scale[:, None], "shift": by.sum(1), "scale": torch.einsum("bnd,bnd->bd", by, x)}
    gradients_near(came["gradients"], right)
    close(came["arguments"], [x, shift, scale], rtol=0, what="the arguments")


# -------------------- 3.2 self_attention
@task("self_attention", gate=True)
def test_attention_is_an_answer_at_all(submission, seed):
    """What fresh tokens learn goes with what they should"""
    x, weights = seed.fork("x").normal(8, 3, 8), drawn.attention(seed.fork("w"), 8)
    weights["proj.bias"] = 9 * weights["proj.bias"]
    came = submission.play(plays.self_attention, 2, False, weights, x)
    fresh.expect_alike(came["result"], fresh.attention(weights, x, 2))


@task("self_attention", weight=2)
def test_attention_with_fresh_weights(submission, seed):
    """Fresh tokens under several heads, with and without norms, agree with loops over heads

    qkv is split into three, each into heads; norms are of a head's channels and come before the product; one
    proj at the end.
    """
    for b, n, d, heads, norm in ((2, 4, 12, 3, False), (3, 5, 8, 2, True), (1, 2, 6, 1, True)):
        x = seed.fork(f"x{d}").normal(b, n, d)
        weights = drawn.attention(seed.fork(f"w{d}"), d, d // heads if norm else 0)
        came = submission.play(plays.self_attention, heads, norm, weights, x)
        near(came["result"], fresh.attention(weights, x, heads), "the tokens", within=LONG)


@task("self_attention", weight=2)
def test_attention_with_fresh_turns(submission, seed):
    """Fresh turns, with norms and without, meet queries and keys of each head, and values never

    Queries and keys are turned after their norms, in every head; values never.
    """
    for norm in (True, False):
        x, turns = seed.fork("x").normal(2, 4, 12), seed.fork("turns").normal(4, 4, 4)
        weights = drawn.attention(seed.fork("w"), 12, 4 if norm else 0)
        came = submission.play(plays.self_attention, 3, norm, weights, x, turns)
        near(came["result"], fresh.attention(weights, x, 3, turns), "the tokens", within=LONG)


# -------------------- 3.3 dit_block
@task("dit_block", gate=True)
def test_block_is_an_answer_at_all(submission, seed):
    """What a block adds to fresh tokens goes with what it should, or the last layer's numbers do"""
    x, c = seed.fork("x").normal(6, 3, 8), seed.fork("c").normal(6, 8)
    weights, last = drawn.block(seed.fork("w"), 8), drawn.final(seed.fork("last"), 8, 5)
    any_of(
        lambda: fresh.expect_alike(
            submission.play(plays.dit_block, 2, weights, x, c) - x, fresh.block(weights, x, c, 2) - x, 0.3
        ),
        lambda: fresh.expect_alike(
            submission.play(plays.final_layer, last, x, c), fresh.final(last, x, c), 0.3
        ),
    )


@task("dit_block", weight=2)
def test_block_with_fresh_weights(submission, seed):
    """Fresh tokens and conditions agree with the block's formula, sample by sample

    Shift, scale, gate of attention, then of the network, from adaLN(silu(c)); norms with eps 1e-6, GELU in
    its tanh form, and the network sees the new x.
    """
    for b, n, d, heads in ((2, 4, 12, 3), (3, 3, 8, 2)):
        x, c = seed.fork(f"x{d}").normal(b, n, d), seed.fork(f"c{d}").normal(b, d)
        weights = drawn.block(seed.fork(f"w{d}"), d)
        came = submission.play(plays.dit_block, heads, weights, x, c)
        near(came, fresh.block(weights, x, c, heads), "the tokens", within=LONG)


@task("dit_block")
def test_block_passes_gradients(submission, seed):
    """Gradients of tokens and of the condition are those of the formula

    Take gradients by tokens and by condition: gates multiply what is added, not the sum.
    """
    x, c, by = seed.fork("x").normal(2, 3, 8), seed.fork("c").normal(2, 8), seed.fork("by").normal(2, 3, 8)
    weights = drawn.block(seed.fork("w"), 8)
    came = submission.play(plays.block_gradients, 2, weights, x, c, by)
    leaves = [x.clone().requires_grad_(), c.clone().requires_grad_()]
    right = torch.autograd.grad((by * fresh.block(weights, *leaves, 2)).sum(), leaves)
    gradients_near(came, dict(zip(("the tokens", "the condition"), right, strict=True)), within=LONG)


@task("dit_block", weight=2)
def test_final_layer_with_fresh_weights(submission, seed):
    """Fresh tokens become the right numbers, of a size of their own

    Norm first, then shift and scale, then linear: modulating before the norm is taken away by it.
    """
    for b, n, d, k in ((2, 3, 8, 5), (3, 3, 6, 9)):
        x, c = 3 + seed.fork(f"x{d}").normal(b, n, d), seed.fork(f"c{d}").normal(b, d)
        weights = drawn.final(seed.fork(f"w{d}"), d, k)
        near(
            submission.play(plays.final_layer, weights, x, c),
            fresh.final(weights, x, c),
            "the numbers",
            within=LONG,
        )
