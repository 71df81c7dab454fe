"""Public checks of cached generation: one call against three, single tokens by loops, draws by a table."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, close, exactly, expect, task
from autograder.nearness import near

from .. import plays

SIZES = [5, 3, 4]  # words, text positions, codes: 12 ids, and 12 is BOS


# -------------------- 3.3 generate
def a_layer(seed: Seed, d: int = 6) -> tuple[list[Tensor], Tensor]:
    """Return weights and biases of qkv and proj, and two sequences of 8 tokens."""
    shapes = ((3 * d, d), (3 * d,), (d, d), (d,))
    return [seed.fork(f"{i}").normal(*shape) for i, shape in enumerate(shapes)], seed.fork("x").normal(
        2, 8, d
    )


def attention(weights: list[Tensor], heads: int, x: Tensor, mask: Tensor) -> Tensor:
    """Return attention token by token and head by head."""
    in_weight, in_bias, out_weight, out_bias = weights
    d, out = x.shape[2], torch.zeros_like(x)
    size = d // heads
    for b, rows in enumerate(x):
        q, k, v = (rows @ in_weight.T + in_bias).split(d, dim=1)
        for i in range(len(rows)):
            seen = mask[i, : len(rows)].nonzero().flatten()
            for h in range(heads):
                part = slice(h * size, (h + 1) * size)
                scores = k[seen, part] @ q[i, part] / math.sqrt(size)
                out[b, i, part] = scores.softmax(0) @ v[seen, part]
    return out @ out_weight.T + out_bias


CAUSAL = torch.ones(12, 12).tril().bool()


@task("generate", weight=2)
def test_attention_in_one_call(submission, seed):
    """Without a cache each of 8 tokens looks at itself and those before it, in 2 and in 3 heads"""
    weights, x = a_layer(seed)
    for heads in (2, 3):
        (came,) = submission.play(plays.attend, weights, heads, [x])
        hint = "qkv: queries of all heads first, head by head; scale by the root of d / heads."
        near(came, attention(weights, heads, x, CAUSAL), "the result", hint)


@task("generate", weight=3)
def test_attention_with_a_cache(submission, seed):
    """Calls of 3, 1 and 4 tokens give what one call of 8 gives, and a cache can be continued twice"""
    weights, x = a_layer(seed)
    came = submission.play(plays.attend, weights, 2, list(x.split([3, 1, 4], dim=1)))
    whole = attention(weights, 2, x, CAUSAL)
    for name, part, expected in zip(("3", "1", "4"), came, whole.split([3, 1, 4], dim=1), strict=True):
        hint = "The new tokens see all of the past and each other causally; is_causal=True does not do that."
        near(part, expected, f"the result of the call with {name} tokens", hint)


@task("generate")
def test_attention_with_a_mask(submission, seed):
    """A mask for 12 tokens rules what 8 see, in one call and in calls of 3, 1 and 4"""
    weights, x = a_layer(seed)
    mask = (seed.fork("mask").uniform(12, 12) < 0.5).tril() | torch.eye(12).bool()
    expected = attention(weights, 2, x, mask)
    for sizes in ([8], [3, 1, 4]):
        came = submission.play(plays.attend, weights, 2, list(x.split(sizes, dim=1)), mask)
        hint = (
            "mask[past : past + m, : past + m]: the new tokens' rows, and as many columns as there are keys."
        )
        near(torch.cat(came, dim=1), expected, f"the result in calls of {sizes}", hint)


def told(logits: Tensor, ids: int = 12) -> Tensor:
    """Return a table whose BOS row has these logits for the first ids; nothing else changes the sums."""
    table = torch.zeros(ids + 1, ids, dtype=torch.float64)
    table[ids, : len(logits)] = logits
    return table


@task("generate", weight=2)
def test_draws_by_the_table(submission):
    """With p = (.2, .3, .5) the draws 0, .1999, .2001, .4999, .5001, .999999 give 0 0 1 1 2 2"""
    table = told(torch.cat([exactly(0, 0), exactly(0.2, 0.3, 0.5).log()]), 5)
    u = exactly(0, 0.1999, 0.2001, 0.4999, 0.5001, 0.999999)[:, None]
    prefix = torch.tensor([[5, 0]]).expand(6, 2)  # BOS and one word
    came = submission.play(plays.generate, table, prefix, u, [1, 1, 3])
    hint = "Count the cumulative sums that are <= u, in float64."
    expected = torch.tensor([2, 2, 3, 3, 4, 4])[:, None]
    close(came["ids"], expected, rtol=0, what="the id", hint=hint, axes=("stream", "position"))


def followed(table: Tensor, prefix: Tensor, uniforms: Tensor, sizes: list[int]) -> Tensor:
    """Return the ids, stream by stream and position by position, in plain numbers."""
    words, length, codes = sizes
    first = words + length
    streams = []
    for ids, draws in zip(prefix.tolist(), uniforms.tolist(), strict=True):
        ids, start = list(ids), len(ids)
        for u in draws:
            sums = table[ids].sum(dim=0).tolist()
            allowed = range(first) if len(ids) - 1 < length else range(first, first + codes)
            powers = [math.exp(sums[j]) for j in allowed]
            total, below = math.fsum(powers), 0.0
            chosen = allowed[-1]
            for j, power in zip(allowed, powers, strict=True):
                below += power / total
                if below > u:
                    chosen = j
                    break
            ids.append(chosen)
        streams.append(ids[start:])
    return torch.tensor(streams)


@task("generate", weight=2)
def test_words_and_then_codes(submission, seed):
    """From BOS alone 3 text ids and then codes are drawn, each from what all tokens before it say"""
    table, uniforms = seed.fork("table").normal(13, 12), seed.fork("u").uniform(4, 6)
    for prefix in (torch.full((4, 1), 12), torch.tensor([[12, 3], [12, 0], [12, 4], [12, 3]])):
        came = submission.play(plays.generate, table, prefix, uniforms, SIZES)
        hint = "p ids in the prefix are followed by position p - 1 of the stream: BOS has none."
        expected = followed(table, prefix, uniforms, SIZES)
        close(came["ids"], expected, rtol=0, what="the id", hint=hint, axes=("stream", "position"))


@task("generate", weight=2)
def test_one_new_id_each_call(submission, seed):
    """Five ids take five calls: the prefix, then each new id but the last, once; none takes no call"""
    table, uniforms = seed.fork("table").normal(13, 12), seed.fork("u").uniform(2, 5)
    prefix = torch.tensor([[12, 1, 5, 2], [12, 6, 1, 0]])
    came = submission.play(plays.generate, table, prefix, uniforms, SIZES)
    expected = [[2, 4], [2, 1], [2, 1], [2, 1], [2, 1]]
    expect(came["asked"] == expected, f"the calls had ids of shapes {came['asked']}; expected {expected}")
    ids = followed(table, prefix, uniforms, SIZES)
    close(came["seen"], torch.cat([prefix, ids[:, :4]], dim=1), rtol=0, what="the ids of all calls")
    expect(not came["recorded"], "the model was recorded", "with torch.no_grad(): ...")
    none = submission.play(plays.generate, table, prefix, uniforms[:, :0], SIZES)
    expect(none["asked"] == [] and none["ids"].shape == (2, 0), "no draws: no call, and (b, 0) ids")


@task("generate")
def test_draws_at_the_ends(submission):
    """u = 0 gives the first possible id and the largest u below 1 the last, though other ids have p = 0"""
    table = told(torch.cat([exactly(-1e4, 0, 0.1, -1e4, 0.3), torch.full((7,), -1e4).double()]))
    last = math.nextafter(1.0, 0.0)
    u = exactly(0, 0, last, last).reshape(2, 2)
    came = submission.play(plays.generate, table, torch.full((2, 1), 12), u, SIZES)
    expected = torch.tensor([[1, 1], [4, 4]])
    hint = "Impossible ids come before and after: skip sums that are 0, and clip to the last with p > 0."
    close(came["ids"], expected, rtol=0, what="the id", hint=hint, axes=("stream", "position"))


@task("generate")
def test_sums_in_double_precision(submission, seed):
    """Draws 1e-9 beside the sums of 200 probabilities fall on the right side, for float32 logits too"""
    logits = seed.normal(200, dtype=torch.float32)
    sums = logits.double().softmax(dim=0).cumsum(dim=0)[20:180:8]
    table = torch.cat([torch.zeros(202, 202), torch.zeros(1, 202)]).float()
    table[202, 2:] = logits
    u = torch.cat([sums - 1e-9, sums + 1e-9])[:, None]
    prefix = torch.tensor([[202, 1]]).expand(len(u), 2)
    came = submission.play(plays.generate, table, prefix, u, [1, 1, 200])
    below = torch.arange(20, 180, 8) + 2
    hint = "Softmax and sums in float64, for float32 logits as well: .double() first."
    close(came["ids"].flatten(), torch.cat([below, below + 1]), rtol=0, what="the id", hint=hint)
