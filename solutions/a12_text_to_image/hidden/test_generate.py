"""Hidden checks of cached generation: fresh calls, masks and draws, and a law reproduced cell by cell."""

import math

import torch

from autograder.checks import any_of, close, expect, task
from autograder.nearness import near

from .. import plays
from ..tests.test_generate import CAUSAL, a_layer, attention, followed
from .fresh import expect_alike, share_alike


# -------------------- 3.3 generate
@task("generate", gate=True)
def test_generation_is_an_answer_at_all(submission, seed):
    """Attention goes with fresh tokens, or most fresh draws are right"""
    weights, x = a_layer(seed)
    table, uniforms = seed.fork("table").normal(13, 12), seed.fork("u").uniform(12, 5)
    prefix = torch.full((12, 1), 12)

    def draws() -> None:
        ids = submission.play(plays.generate, table, prefix, uniforms, [5, 3, 4])["ids"]
        share_alike(ids, followed(table, prefix, uniforms, [5, 3, 4]), 0.25)

    any_of(
        lambda: expect_alike(
            submission.play(plays.attend, weights, 2, [x])[0], attention(weights, 2, x, CAUSAL)
        ),
        draws,
    )


@task("generate", weight=3)
def test_fresh_calls(submission, seed):
    """Calls of fresh sizes with a cache that is continued twice, with a mask and without, head by head

    Try a cache that is continued twice: new queries see all old keys and no later ones, with masks, head by
    head.
    """
    weights, x = a_layer(seed)
    first = seed.integer(1, 5)
    mask = (seed.fork("mask").uniform(9, 9) < 0.6).tril() | torch.eye(9).bool()
    for sizes in ([first, 7 - first, 1], [1, first, 7 - first]):
        for heads, given in ((2, None), (3, mask), (6, None)):
            came = submission.play(plays.attend, weights, heads, list(x.split(sizes, dim=1)), given)
            expected = attention(weights, heads, x, CAUSAL if given is None else given)
            near(torch.cat(came, dim=1), expected, f"the result in calls of {sizes}, {heads} heads")


@task("generate", weight=3)
def test_fresh_streams_are_drawn(submission, seed):
    """Fresh models and draws, from BOS, within the text, and after it; one new id each call

    Start from BOS, from within the text and after it; each call hands over one new id and the cache; codes
    and words have logits of their own.
    """
    for p in (1, 3, 4, 6):
        draw = seed.fork(f"{p}")
        table, uniforms = 2 * draw.fork("table").normal(10, 9), draw.fork("u").uniform(4, 4)
        sizes = [2, 4, 3]
        ids = torch.cat(
            [(6 * draw.fork("t").uniform(4, 4)).long(), 6 + (3 * draw.fork("c").uniform(4, 2)).long()], 1
        )
        prefix = torch.cat([torch.full((4, 1), 9), ids], dim=1)[:, :p]
        came = submission.play(plays.generate, table, prefix, uniforms, sizes)
        expected = followed(table, prefix, uniforms, sizes)
        close(came["ids"], expected, rtol=0, what="the id", axes=("stream", "position"))
        close(came["seen"], torch.cat([prefix, expected[:, :3]], dim=1), rtol=0, what="the ids of all calls")
        expect(
            came["asked"] == [[4, p], [4, 1], [4, 1], [4, 1]], f"the calls had ids of shapes {came['asked']}"
        )
        expect(not came["recorded"], "the model was recorded")


@task("generate", weight=2)
def test_law_cell_by_cell(submission, seed):
    """Evenly spaced draws give every code as often as its probability says, and u near 1 a possible one

    The code is the first whose cumulated probability exceeds u: try evenly spaced u, and u next to 1.
    """
    n = 400
    table = seed.fork("table").normal(9, 8)
    u = ((torch.arange(n) + 0.5) / n).double()[:, None]
    prefix = torch.tensor([[8, 1, 3]]).expand(n, 3)
    ids = submission.play(plays.generate, table, prefix, u, [2, 2, 4])["ids"].flatten()
    p = table[[8, 1, 3]].sum(dim=0)[4:].softmax(dim=0)
    counts = torch.bincount(ids, minlength=8)[4:]
    expect((counts / n - p).abs().max() <= 2.01 / n, f"codes came {counts.tolist()} times of {n}")
    table = torch.cat([table[:, :7], torch.full((9, 1), -1e5)], dim=1)
    ends = torch.tensor([[0.0, math.nextafter(1, 0)]] * 2).double()
    ids = submission.play(plays.generate, table, prefix[:2], ends, [2, 2, 4])["ids"]
    expected = followed(table, prefix[:2], ends, [2, 2, 4])
    close(ids, expected.clamp(max=6), rtol=0, what="the id", axes=("stream", "position"))
