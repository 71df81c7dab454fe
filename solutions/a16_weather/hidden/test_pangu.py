"""Hidden checks of windows, masks and the bias: fresh ones token by token, and planets that turn."""

import math

import torch
from torch import Tensor

from autograder.checks import any_of, raises, task
from autograder.nearness import near, near_single

from ..tests.test_pangu import by_torch, heads
from .fresh import expect_alike, not_the_input, share_alike

Three = tuple[int, int, int]
CASES: list[tuple[Three, Three]] = [((4, 6, 8), (2, 3, 4)), ((3, 4, 12), (1, 2, 6)), ((6, 5, 6), (3, 5, 2))]


def token_by_token(x: Tensor, window: Three) -> Tensor:
    """Cut a field into windows, token by token."""
    p, q, r = window
    _, Z, H, W, _ = x.shape
    rows = []
    for lon in range(W // r):
        for z in range(Z // p):
            for h in range(H // q):
                ks = [
                    (z * p + a, h * q + b, lon * r + c) for a in range(p) for b in range(q) for c in range(r)
                ]
                rows.append(torch.stack([x[:, a, b, c] for a, b, c in ks], dim=1))
    return torch.stack(rows, dim=1).unflatten(1, (W // r, (Z // p) * (H // q)))


def may_attend(shape: Three, window: Three) -> Tensor:
    """Say which pairs may attend: those that were as far apart before the roll as they are in the window."""
    (Z, H, _), (p, q, r) = shape, window
    masks = []
    for z in range(Z // p):
        for h in range(H // q):
            now = [(z * p + a, h * q + b) for a in range(p) for b in range(q) for _ in range(r)]
            was = [((a + p // 2) % Z, (b + q // 2) % H) for a, b in now]
            moved = [(a - c, b - d) for (a, b), (c, d) in zip(was, now, strict=True)]
            masks.append([[one == other for other in moved] for one in moved])
    return torch.tensor(masks)


@task("shifted_windows", gate=True)
def test_windows_are_an_answer_at_all(submission, seed):
    """Fresh windows hold what is in the field, or masks say what may attend"""
    x = seed.normal(2, 4, 4, 6, 3)
    window = (2, 2, 3)
    due = token_by_token(x, window)

    def merged() -> None:
        came = submission.pangu.window_merge(due, (4, 4, 6), window)
        not_the_input(came.flatten(), due.flatten())
        expect_alike(came, x)

    any_of(
        lambda: expect_alike(submission.pangu.window_partition(x, window), due),
        merged,
        lambda: share_alike(
            submission.pangu.shift_mask((4, 4, 6), window), may_attend((4, 4, 6), window), 0.7
        ),
    )


@task("shifted_windows", weight=2)
def test_fresh_windows(submission, seed):
    """Fresh fields token by token, and back; sizes that windows do not fill raise ValueError

    Roll, cut, and back: levels, rows and columns each have their own window and half of it as the shift.
    Sizes that are not filled raise ValueError.
    """
    for shape, window in CASES:
        x = seed.fork(str(shape)).normal(2, *shape, 2)
        windows = token_by_token(x, window)
        near(submission.pangu.window_partition(x, window), windows, "windows", within=0)
        near(submission.pangu.window_merge(windows, shape, window), x, "the field", within=0)
        other = tuple(size + (size == 1) for size in window)
        for bad in ((4, 3, 4), (2, 4, 4), (2, 3, 5), other if other != window else (5, 5, 5)):
            if any(a % b for a, b in zip(shape, bad, strict=True)):
                with raises(ValueError):
                    submission.pangu.window_partition(x, bad)
                with raises(ValueError):
                    submission.pangu.window_merge(windows, shape, bad)


@task("shifted_windows", weight=3)
def test_fresh_masks(submission):
    """Masks pair by pair from where tokens were before the roll; windows as high as the field

    What was not together before the roll may not attend; columns go round the globe and need no mask. Try a
    window as high as the field.
    """
    for shape, window in (*CASES, ((2, 6, 4), (2, 6, 2)), ((4, 2, 4), (4, 1, 4))):
        due = may_attend(shape, window)
        near(submission.pangu.shift_mask(shape, window), due, f"the mask of {shape} in {window}", within=0)


@task("earth_attention", gate=True)
def test_attention_is_an_answer_at_all(submission, seed):
    """Attention with fresh biases, or the index of a fresh window, goes with what came in"""
    args = [*heads(seed, 5, 9), (seed.fork("index").uniform(5, 5) * 9).long()]
    any_of(
        lambda: expect_alike(submission.pangu.earth_attention(*args), by_torch(*args, None)),
        lambda: expect_alike(
            submission.pangu.earth_position_index((2, 3, 4)).double(), places((2, 3, 4)).double()
        ),
    )


def places(window: Three) -> Tensor:
    """Return the index of a window, pair by pair."""
    p, q, r = window
    tokens = [(z, h, w) for z in range(p) for h in range(q) for w in range(r)]
    table = {}
    for z_j in range(p):
        for z_i in range(p):
            for h_j in range(q):
                for h_i in range(q):
                    for away in range(1 - r, r):
                        table[z_i, z_j, h_i, h_j, away] = len(table)
    rows = [[table[a[0], b[0], a[1], b[1], a[2] - b[2]] for b in tokens] for a in tokens]
    return torch.tensor(rows)


@task("earth_attention", weight=2)
def test_fresh_indices(submission):
    """The index of fresh windows, by counting: levels of keys outermost, then of queries, rows, columns

    The bias depends on both absolute levels and rows and on the difference of columns: count by hand for a
    small window.
    """
    for window in ((2, 3, 4), (3, 1, 2), (3, 2, 1), (1, 4, 3)):
        near(
            submission.pangu.earth_position_index(window), places(window), f"the index of {window}", within=0
        )


@task("earth_attention", weight=2)
def test_fresh_attention(submission, seed):
    """Fresh attention query by query, masked and whole, in float64 and float32

    Scale, add the bias of this window's place and head, mask, softmax: query by query, float32 too.
    """
    index = (seed.fork("index").uniform(4, 4) * 6).long()
    q, k, v, table = heads(seed, 4, 6, 2, 3)
    mask = (seed.fork("mask").uniform(2, 4, 4) > 0.4) | torch.eye(4, dtype=torch.bool)
    for given in (None, mask):
        due = torch.zeros_like(v)
        for at in torch.cartesian_prod(*(torch.arange(n) for n in q.shape[:5])).tolist():
            b, lon, kind, head, i = at
            logits = []
            for j in range(4):
                value = sum(
                    x * y for x, y in zip(q[*at].tolist(), k[b, lon, kind, head, j].tolist(), strict=True)
                )
                logits.append(value / math.sqrt(3) + table[index[i, j], kind, head].item())
            shown = [given is None or bool(given[kind, i, j]) for j in range(4)]
            powers = [math.exp(one) if seen else 0.0 for one, seen in zip(logits, shown, strict=True)]
            for j in range(4):
                due[*at] += powers[j] / sum(powers) * v[b, lon, kind, head, j]
        extra = () if given is None else (given,)
        near(submission.pangu.earth_attention(q, k, v, table, index, *extra), due, "attention")
        single = [one.float() for one in (q, k, v, table)]
        near_single(submission.pangu.earth_attention(*single, index, *extra), due, "attention of float32")
