"""Public checks of the block: numbers by hand, torch's own attention, and parts that are silent."""

import functools

import torch
import torch.nn.functional as F

from autograder.checks import close, exactly, expect, task

from .. import plays
from . import weights as drawn
from .near import IN_PLACE, LONG, gradients_near, near

ORDER = "adaLN gives shift, scale and gate of attention, then those of the MLP, in this order."
norm = functools.partial(F.layer_norm, normalized_shape=(4,), eps=1e-6)


def chunks(at: int, value: float, d: int = 4, parts: int = 6) -> torch.Tensor:
    """Return a bias whose part number `at` is `value`, and whose other parts are 0."""
    bias = torch.zeros(parts, d, dtype=torch.float64)
    bias[at] = value
    return bias.flatten()


# -------------------- 3.1 modulate
@task("modulate", weight=2)
def test_shift_and_scale_by_hand(submission):
    """Tokens (1, 2) and (3, 4) with scale (1, -1) and shift (10, 20) become (12, 20) and (16, 20)"""
    x = exactly(1, 2, 3, 4).reshape(1, 2, 2)
    came = submission.block.modulate(x, exactly(10, 20)[None], exactly(1, -1)[None])
    hint = "x (1 + scale) + shift: scale 0 leaves x, scale -1 leaves the shift."
    near(came, exactly(12, 20, 16, 20).reshape(1, 2, 2), "the tokens", hint)


@task("modulate", weight=2)
def test_shift_belongs_to_a_sample(submission):
    """Three samples of three tokens: each sample has one shift and one scale, for all of its tokens"""
    x = torch.ones(3, 3, 2, dtype=torch.float64)
    by_sample = exactly(1, 2, 3)[:, None].expand(3, 2)
    hint = "shift and scale are (b, d) and need an axis for the tokens; without it b lines up with n."
    came = submission.block.modulate(x, 10 * by_sample, by_sample)
    near(came, exactly(12, 23, 34)[:, None, None].expand(3, 3, 2), "the tokens", hint)


@task("modulate")
def test_modulation_learns(submission, seed):
    """Gradients reach tokens, shift and scale, and none of the three is changed"""
    x, by = seed.fork("x").normal(2, 3, 4), seed.fork("by").normal(2, 3, 4)
    shift, scale = seed.fork("shift").normal(2, 4), seed.fork("scale").normal(2, 4)
    came = submission.play(plays.modulated, x, shift, scale, by)
    expected = {"x": by * (1 + scale[:, None]), "shift": by.sum(1), "scale": (by * x).sum(1)}
    gradients_near(came["gradients"], expected)
    close(came["arguments"], [x, shift, scale], rtol=0, what="the arguments", hint=IN_PLACE)


# -------------------- 3.2 self_attention
def attended(x: torch.Tensor, weights: dict[str, torch.Tensor], heads: int) -> torch.Tensor:
    """Return what torch's own multi-head attention makes of x; it wants (n, b, d)."""
    y = x.transpose(0, 1)
    projection = (weights["proj.weight"], weights["proj.bias"])
    into = (weights["qkv.weight"], weights["qkv.bias"], None, None, False, 0.0, *projection)
    return F.multi_head_attention_forward(y, y, y, x.shape[2], heads, *into)[0].transpose(0, 1)


@task("self_attention", weight=2)
def test_attention_is_torchs(submission, seed):
    """Without norm and turn it is torch.nn.functional.multi_head_attention_forward with the same weights"""
    hint = (
        "The 3 d rows of qkv are first all of q, then of k, then of v, and each of these is (head, channel)."
    )
    for b, n, d, heads in ((2, 5, 8, 2), (1, 4, 12, 3)):
        x, weights = seed.fork(f"x{d}").normal(b, n, d), drawn.attention(seed.fork(f"w{d}"), d)
        came = submission.play(plays.self_attention, heads, False, weights, x)
        near(came["result"], attended(x, weights, heads), "the tokens", hint)


@task("self_attention")
def test_attention_of_worked_tokens(submission):
    """Where q = k = v = x with two heads of one channel, tokens (1, 0) and (0, 2) attend by hand"""
    eye = torch.eye(2, dtype=torch.float64)
    weights = {"qkv.weight": torch.cat([eye] * 3), "qkv.bias": exactly(*[0] * 6)}
    weights |= {"proj.weight": eye, "proj.bias": exactly(0, 0)}
    came = submission.play(plays.self_attention, 2, False, weights, exactly(1, 0, 0, 2).reshape(1, 2, 2))
    rows = exactly(0.7310585786, 1, 0.5, 1.9640275801).reshape(1, 2, 2)  # e / (e + 1), and 2 e^4 / (e^4 + 1)
    hint = (
        "A query's weights of all keys add up to 1; scores are divided by the root of a head's channels, "
        "here 1. Head 0 looks at channel 0 only."
    )
    near(came["result"], rows, "the tokens", hint, 1e-9)


@task("self_attention")
def test_normed_scores_are_bounded(submission, seed):
    """With norms, queries a hundred times too long change nothing: RMSNorm of each head's channels"""
    x, weights = seed.fork("x").normal(2, 5, 8), drawn.attention(seed.fork("w"), 8, norm_of=4)
    ones = {name: torch.ones_like(weights[name]) for name in ("q_norm.weight", "k_norm.weight")}
    weights |= ones | {"qkv.bias": 0 * weights["qkv.bias"]}
    long = weights["qkv.weight"].clone()
    long[:8] *= 100
    came = submission.play(plays.self_attention, 2, True, weights | {"qkv.weight": long}, x)
    parts = (x @ weights["qkv.weight"].T).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4)
    q, k = (F.rms_norm(one, (4,), eps=1e-10) for one in parts[:2])
    out = F.scaled_dot_product_attention(q, k, parts[2]).transpose(1, 2).flatten(2)
    expected = F.linear(out, weights["proj.weight"], weights["proj.bias"])
    hint = "q_norm and k_norm take the channels of one head, (b, heads, n, c); values are not normed."
    near(came["result"], expected, "the tokens", hint, 1e-3)  # the norm's eps of 1e-6, on short keys


@task("self_attention")
def test_norm_comes_before_the_turn(submission, seed):
    """With learnt norms, queries and keys are normed, and then turned; values never are"""
    x, weights = seed.fork("x").normal(2, 3, 8), drawn.attention(seed.fork("w"), 8, norm_of=4)
    turns = seed.fork("turns").normal(3, 4, 4)
    came = submission.play(plays.self_attention, 2, True, weights, x, turns)
    parts = F.linear(x, weights["qkv.weight"], weights["qkv.bias"]).unflatten(2, (3, 2, 4))
    q, k, v = parts.permute(2, 0, 3, 1, 4)
    q, k = (
        F.rms_norm(one, (4,), weights[f"{name}_norm.weight"], eps=1e-6) for one, name in ((q, "q"), (k, "k"))
    )
    hint = "First q_norm and k_norm, then turn(q) and turn(k), each (b, heads, n, c)."
    expect(len(came["turned"]) == 2, f"turn was called {len(came['turned'])} times; expected 2", hint)
    near(came["turned"], [q, k], "what is turned: query and key", hint)
    q, k = (torch.einsum("bhnc,nce->bhne", one, turns) for one in (q, k))
    out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    near(came["result"], F.linear(out, weights["proj.weight"], weights["proj.bias"]), "the tokens", hint)


# -------------------- 3.3 dit_block
def quiet(d: int = 4) -> dict[str, torch.Tensor]:
    """Return a block in which attention gives the mean of the modulated norms, and the MLP a constant."""
    eye, zero = torch.eye(d, dtype=torch.float64), torch.zeros(d, d, dtype=torch.float64)
    weights = {"attn.qkv.weight": torch.cat([zero, zero, eye]), "attn.qkv.bias": exactly(*[0] * 3 * d)}
    weights |= {"attn.proj.weight": eye, "attn.proj.bias": exactly(*[0] * d)}
    weights |= {"adaLN.weight": torch.zeros(6 * d, d).double(), "adaLN.bias": exactly(*[0] * 6 * d)}
    weights |= {"fc1.weight": torch.cat([eye, zero, zero, zero]), "fc1.bias": exactly(*[0] * 4 * d)}
    return weights | {"fc2.weight": torch.cat([eye, zero, zero, zero], dim=1), "fc2.bias": exactly(*[0] * d)}


@task("dit_block", weight=2)
def test_gates_let_through(submission, seed):
    """Closed gates return the tokens to the last bit; gate 1 opens attention alone, gate 2 the MLP alone"""
    x, c, weights = seed.fork("x").normal(2, 3, 4), seed.fork("c").normal(2, 4), quiet()
    closed = drawn.with_bias(drawn.block(seed, 4), "adaLN", chunks(1, 0.7) + chunks(3, -0.4))
    came = submission.play(plays.dit_block, 2, closed, x, c)
    close(came, x, rtol=0, what="the tokens behind closed gates", hint="x + gate * ...: nothing else.")
    came = submission.play(plays.dit_block, 2, weights | {"adaLN.bias": chunks(2, 0.5)}, x, c)
    hint = f"{ORDER} The norm is of each token's channels."
    mean = norm(x).mean(dim=1, keepdim=True)  # all scores are 0
    near(came, x + 0.5 * mean, "the tokens with gate 1 at 0.5", hint)
    came = submission.play(plays.dit_block, 2, weights | {"adaLN.bias": chunks(5, 0.5)}, x, c)
    near(came, x + 0.5 * F.gelu(norm(x), approximate="tanh"), "the tokens with gate 2 at 0.5", hint)


@task("dit_block", weight=2)
def test_each_part_has_its_place(submission, seed):
    """With both gates open, shift and scale of each half do their part, and no other"""
    x, c, weights = seed.fork("x").normal(2, 1, 4), seed.fork("c").normal(2, 4), quiet()
    gates = chunks(2, 1.0) + chunks(5, 1.0)
    for at, name in ((0, "shift 1"), (1, "scale 1"), (3, "shift 2"), (4, "scale 2")):
        came = submission.play(plays.dit_block, 2, weights | {"adaLN.bias": gates + chunks(at, 0.3)}, x, c)
        first = norm(x) * (1.3 if at == 1 else 1) + (0.3 if at == 0 else 0)
        y = norm(x + first) * (1.3 if at == 4 else 1) + (0.3 if at == 3 else 0)
        expected = x + first + F.gelu(y, approximate="tanh")
        near(came, expected, f"the tokens with {name} at 0.3", ORDER + " The MLP sees the new x.", LONG)


@task("dit_block")
def test_condition_goes_through_silu(submission, seed):
    """With gate 1 = silu(c) the condition (1, -1, 2, 0) lets attention through by 0.731059, -0.268941, ..."""
    x, weights = seed.normal(1, 1, 4), quiet()
    into_gate = torch.zeros(24, 4, dtype=torch.float64)
    into_gate[8:12] = torch.eye(4)
    came = submission.play(
        plays.dit_block, 2, weights | {"adaLN.weight": into_gate}, x, exactly(1, -1, 2, 0)[None]
    )
    gate = exactly(0.7310585786, -0.2689414214, 1.7615941560, 0)
    near(came, x + gate * norm(x), "the tokens", "adaLN(silu(c)), and no sigmoid behind it.", 1e-9)


@task("dit_block")
def test_gelu_has_its_tanh_form(submission):
    """The MLP of -2.7 is -0.0089 in the tanh form of GELU, and -0.0094 in the exact one"""
    weights = quiet() | {"adaLN.bias": chunks(4, -1.0) + chunks(3, -2.7) + chunks(5, 1.0)}
    x = exactly(1, -1, 2, -2).reshape(1, 1, 4)
    came = submission.play(plays.dit_block, 2, weights, x, torch.zeros(1, 4, dtype=torch.float64))
    by_tanh = -1.35 * (1 + torch.tanh(exactly(0.7978845608028654 * (-2.7 - 0.044715 * 2.7**3))))
    near(came, x + by_tanh, "the tokens", 'F.gelu(..., approximate="tanh"), as DiT has it.')


@task("dit_block")
def test_final_layer_by_parts(submission, seed):
    """The last layer: shift, then scale, then linear; 4 channels become 3, and no gate is there"""
    x, c = seed.fork("x").normal(2, 3, 4), seed.fork("c").normal(2, 4)
    weights = drawn.final(seed.fork("w"), 4, 3)
    by = exactly(0.3, -0.2, 0.1, 0.4)
    for at, name in ((0, "shift"), (1, "scale")):
        bias = torch.zeros(2, 4, dtype=torch.float64)
        bias[at] = by
        told = weights | {"adaLN.weight": 0 * weights["adaLN.weight"], "adaLN.bias": bias.flatten()}
        came = submission.play(plays.final_layer, told, x, c)
        y = norm(x) + by if at == 0 else norm(x) * (1 + by)
        expected = F.linear(y, weights["linear.weight"], weights["linear.bias"])
        near(came, expected, f"the numbers with {name} 0.3, -0.2, 0.1, 0.4", "adaLN gives shift, then scale.")
    told = weights | {"adaLN.weight": torch.eye(8, 4).double(), "adaLN.bias": exactly(*[0] * 8)}
    came = submission.play(plays.final_layer, told, x, exactly(1, -1, 2, 0).expand(2, 4).contiguous())
    y = norm(x) + exactly(0.7310585786, -0.2689414214, 1.7615941560, 0)  # silu(c)
    expected = F.linear(y, weights["linear.weight"], weights["linear.bias"])
    near(came, expected, "the numbers with shift silu(c)", "adaLN(silu(c)), here too.", 1e-9)
