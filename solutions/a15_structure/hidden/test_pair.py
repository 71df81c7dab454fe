"""Hidden checks of triangles: fresh edges by matrix products, fresh attention pair by pair."""

import math

import torch

from autograder.checks import any_of, task
from autograder.nearness import near, near_single

from ..tests.test_pair import attention
from .fresh import expect_alike


def looked_up(q, k, v, bias, starting: bool) -> torch.Tensor:
    """Return what pairs find, one by one."""
    h, n, _, c = q.shape
    found = torch.zeros_like(v)
    for head in range(h):
        for i in range(n):
            for j in range(n):
                keys = k[head, i] if starting else k[head, :, j]
                values = v[head, i] if starting else v[head, :, j]
                third = bias[head, j] if starting else bias[head, :, i]
                weights = [
                    math.exp(float(q[head, i, j] @ keys[m]) / math.sqrt(c) + float(third[m]))
                    for m in range(n)
                ]
                found[head, i, j] = sum(w * value for w, value in zip(weights, values, strict=True)) / sum(
                    weights
                )
    return found


@task("triangles", gate=True)
def test_triangles_are_an_answer_at_all(submission, seed):
    """Products, or what attention finds, go with fresh edges"""
    a, b = seed.fork("a").normal(5, 5, 4), seed.fork("b").normal(5, 5, 4)
    args = attention(seed)
    any_of(
        lambda: expect_alike(
            submission.pair.triangle_multiply(a, b),
            (a.permute(2, 0, 1) @ b.permute(2, 1, 0)).permute(1, 2, 0),
        ),
        lambda: expect_alike(submission.pair.triangle_attention(*args), looked_up(*args, True)),
    )


@task("triangles", weight=3)
def test_fresh_triangles(submission, seed):
    """Fresh edges, alone and in batches of two axes, and attention pair by pair, both ways; float32 too

    Outgoing: sum over k of a_ik b_jk; incoming: a_ki b_kj. In attention the bias is that of the triangle's
    third edge, which the root of c does not divide, and the softmax goes over k; try batches of two axes.
    """
    a, b = seed.fork("a").normal(2, 3, 5, 5, 4), seed.fork("b").normal(2, 3, 5, 5, 4)
    x, y = a.movedim(-1, 2), b.movedim(-1, 2)  # 2 3 c n n
    for outgoing, due in ((True, x @ y.mT), (False, x.mT @ y)):
        due = due.movedim(2, -1)
        near(
            submission.pair.triangle_multiply(a, b, outgoing),
            due,
            f"products, outgoing = {outgoing}",
            within=1e-11,
        )
        near(
            submission.pair.triangle_multiply(a[1, 2], b[1, 2], outgoing),
            due[1, 2],
            "one product",
            within=1e-11,
        )
        near_single(submission.pair.triangle_multiply(a.float(), b.float(), outgoing), due, "products")
    for starting in (True, False):
        args = attention(seed.fork(f"{starting}"), 3)
        due = looked_up(*args, starting)
        near(submission.pair.triangle_attention(*args, starting), due, f"starting = {starting}", within=1e-11)
        near_single(submission.pair.triangle_attention(*(one.float() for one in args), starting), due)
