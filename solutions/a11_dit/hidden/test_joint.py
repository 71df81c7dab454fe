"""Hidden checks of the joint block: fresh weights, sample by sample, on words alone."""

import torch

from autograder.checks import close, expect, task

from .. import plays
from ..tests import weights as drawn
from ..tests.near import LONG, near
from . import fresh


# -------------------- 5.1 joint_block
@task("joint_block", gate=True)
def test_joint_is_an_answer_at_all(submission, seed):
    """What fresh patches or words gain goes with what they should"""
    x, text, c = (
        seed.fork(name).normal(4, *shape) for name, shape in (("x", (3, 8)), ("t", (2, 8)), ("c", (8,)))
    )
    weights = drawn.joint(seed.fork("w"), 8, 2)
    came = submission.play(plays.joint, 2, False, weights, x, text, c)["streams"]
    right = fresh.joint(weights, x, text, c, torch.ones(4, 2).bool(), 2)
    fresh.expect_alike(came[0] - x, right[0] - x, 0.3)


@task("joint_block", weight=2)
def test_joint_with_fresh_weights(submission, seed):
    """Fresh patches and words without a mask agree with one softmax over both, in both streams

    One softmax over both, the text first; each stream has its own adaLN, projections, norms of queries and
    keys, and network.
    """
    for b, n, m, d, heads in ((2, 4, 3, 8, 2), (3, 2, 5, 12, 3), (2, 3, 3, 8, 1)):
        own = seed.fork(f"{n}")
        x, text, c = own.fork("x").normal(b, n, d), own.fork("t").normal(b, m, d), own.fork("c").normal(b, d)
        weights = drawn.joint(own.fork("w"), d, heads)
        came = submission.play(plays.joint, heads, False, weights, x, text, c)
        right = fresh.joint(weights, x, text, c, torch.ones(b, m).bool(), heads)
        near(came["streams"], right, "the streams: patches and words", within=LONG)
        close(came["arguments"], [x, text, c], rtol=0, what="the arguments")


@task("joint_block", weight=2)
def test_joint_with_fresh_masks(submission, seed):
    """Fresh masks that differ by sample, one of them empty: as if padding were not there

    Padded words are no keys for anybody, in either stream; a sample may have no word at all.
    """
    b, n, m, d = 4, 3, 5, 8
    x, text, c = (
        seed.fork("x").normal(b, n, d),
        9 * seed.fork("t").normal(b, m, d),
        seed.fork("c").normal(b, d),
    )
    mask = seed.fork("mask").uniform(b, m) < 0.6
    mask[0], mask[1] = False, torch.arange(m) != 2
    weights = drawn.joint(seed.fork("w"), d, 2)
    came = submission.play(plays.joint, 2, False, weights, x, text, c, mask)
    right = fresh.joint(weights, x, text, c, mask, 2)
    near(came["streams"][0], right[0], "the patches", within=LONG)
    near(came["streams"][1][mask], right[1][mask], "the words", within=LONG)
    close(came["arguments"], [x, text, c, mask], rtol=0, what="the arguments")


@task("joint_block")
def test_last_joint_with_fresh_masks(submission, seed):
    """The last block with fresh words, masked and not: patches as they should be, no text

    In the last block the words give keys and values and are not returned.
    """
    x, text, c = seed.fork("x").normal(2, 4, 8), seed.fork("t").normal(2, 3, 8), seed.fork("c").normal(2, 8)
    weights = drawn.joint(seed.fork("w"), 8, 2, last=True)
    for mask in (torch.tensor([[True, False, True], [False, False, True]]), torch.ones(2, 3).bool()):
        came = submission.play(plays.joint, 2, True, weights, x, text, c, mask)
        right = fresh.joint(weights, x, text, c, mask, 2)
        expect(came["streams"][1] is None, "a value came for the text")
        near(came["streams"][0], right[0], "the patches", within=LONG)
