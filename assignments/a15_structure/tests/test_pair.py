"""Public checks of triangles: worked products, single sums, and attention around one node."""

import math

import torch
from torch import Tensor

from autograder.checks import Seed, expect_dtype, task
from autograder.nearness import near

NINE = torch.arange(9, dtype=torch.float64).reshape(3, 3, 1)


def whole(*rows: list[int]) -> Tensor:
    """Return a table of whole numbers with one channel."""
    return torch.tensor(rows, dtype=torch.float64)[..., None]


@task("triangles", weight=2)
def test_worked_triangles(submission):
    """The table 0 to 8 with itself: 5, 14, 23, ... for outgoing edges, 45, 54, 63, ... for incoming"""
    hint = "Outgoing: a_ik b_jk, both begin at the pair's residues. Incoming: a_ki b_kj, both end there."
    came = submission.pair.triangle_multiply(NINE, NINE)
    near(came, whole([5, 14, 23], [14, 50, 86], [23, 86, 149]), "outgoing", hint)
    came = submission.pair.triangle_multiply(NINE, NINE, False)
    near(came, whole([45, 54, 63], [54, 66, 78], [63, 78, 93]), "incoming", hint)


@task("triangles", weight=2)
def test_unlike_edges(submission, seed):
    """Batches of unlike a and b, channel by channel: entries (1, 3) and (3, 1) are the handout's sums"""
    a, b = seed.fork("a").normal(2, 4, 4, 3), seed.fork("b").normal(2, 4, 4, 3)
    outgoing, incoming = (
        submission.pair.triangle_multiply(a, b),
        submission.pair.triangle_multiply(a, b, outgoing=False),
    )
    hint = "A sum over k, channel by channel; a belongs to i and b to j."
    for i, j in ((1, 3), (3, 1)):
        near(outgoing[:, i, j], sum(a[:, i, k] * b[:, j, k] for k in range(4)), f"outgoing ({i}, {j})", hint)
        near(incoming[:, i, j], sum(a[:, k, i] * b[:, k, j] for k in range(4)), f"incoming ({i}, {j})", hint)
    expect_dtype(submission.pair.triangle_multiply(a.float(), b.float()), torch.float32)


def attention(seed: Seed, n: int = 4) -> list[Tensor]:
    """Return queries, keys, values and biases of two heads."""
    return [*(2 * seed.fork(name).normal(2, n, n, 3) for name in "qkv"), seed.fork("bias").normal(2, n, n)]


@task("triangles", weight=2)
def test_attention_around_both_nodes(submission, seed):
    """Pair (1, 3) looks at (1, k) with bias (3, k); around its ending node at (k, 3) with bias (k, 1)"""
    q, k, v, bias = attention(seed)
    starting, ending = (submission.pair.triangle_attention(q, k, v, bias, way) for way in (True, False))
    for i, j in ((1, 3), (2, 0)):
        for head in range(2):
            scores = [q[head, i, j] @ k[head, i, m] / math.sqrt(3) + bias[head, j, m] for m in range(4)]
            due = torch.stack(scores).softmax(dim=0) @ v[head, i]
            hint = (
                "The third edge of the triangle i, j, k is the bias: (j, k), and (k, i) at the ending node. "
                "The root of c divides the products alone."
            )
            near(starting[head, i, j], due, f"starting, head {head}, pair ({i}, {j})", hint, 1e-11)
            scores = [q[head, i, j] @ k[head, m, j] / math.sqrt(3) + bias[head, m, i] for m in range(4)]
            due = torch.stack(scores).softmax(dim=0) @ v[head, :, j]
            near(ending[head, i, j], due, f"ending, head {head}, pair ({i}, {j})", hint, 1e-11)
    near(submission.pair.triangle_attention(q, k, v, bias), starting, "by default", "starting=True.")
