"""Hidden checks of the masks: fresh grids by loops over pairs."""

import torch
from torch import Tensor

from autograder.checks import any_of, close, expect, raises, task

from .fresh import share_alike


def pairs(kind: str, L: int, d: int, k: int) -> Tensor:
    """Return a mask pair by pair."""

    def sees(i: int, j: int) -> bool:
        if j > i:
            return False
        if j < L or i < L:
            return True
        (row, column), (other_row, other_column) = divmod(i - L, d), divmod(j - L, d)
        if kind == "row":
            return j + d >= i
        if kind == "column":
            return column == other_column
        return max(abs(row - other_row), abs(column - other_column)) <= k // 2

    n = L + d * d
    return torch.tensor([[sees(i, j) for j in range(n)] for i in range(n)])


# -------------------- 3.2 sparse_masks
@task("sparse_masks", gate=True)
def test_masks_are_an_answer_at_all(submission, seed):
    """Most pairs of a fresh grid are right, or most kinds of layers"""
    L, d = seed.integer(5, 7), seed.fork("d").integer(3, 5)
    kinds = ["conv" if i == 36 else "column" if i % 4 == 1 else "row" for i in range(37)]

    def layers() -> None:
        came = list(submission.masks.layer_kinds(37))
        same = [a == b for a, b in zip(came, kinds, strict=True)]
        expect(sum(same) > 18, "the kinds of layers are others")

    any_of(
        lambda: share_alike(submission.masks.sparse_mask("row", L, d), pairs("row", L, d, 11), 0.8),
        layers,
    )


@task("sparse_masks", weight=3)
def test_fresh_masks(submission, seed):
    """Fresh grids and windows, pair by pair

    A row is the token itself and the d before it in raster order; a column goes up by steps of d; a window
    ends at the picture's edge. All codes see all of the text.
    """
    for L, d, k in ((seed.integer(1, 5), 3, 3), (2, seed.fork("d").integer(4, 6), 5), (1, 4, 1), (0, 2, 3)):
        for kind in ("row", "column", "conv"):
            came = submission.masks.sparse_mask(kind, L, d, k)
            what = f"{kind!r} for L = {L}, d = {d}, k = {k}"
            close(came, pairs(kind, L, d, k), rtol=0, what=what, axes=("token", "other"))


@task("sparse_masks", weight=2)
def test_fresh_layers(submission, seed):
    """Kinds of a fresh number of layers, and of few; other kinds of masks raise ValueError

    "column" for layers 2, 6, 10, ... counted from 1, "conv" for the last whatever its number, else "row";
    other kinds raise ValueError.
    """
    for layers in (1, 2, 4, 7, 8, seed.integer(20, 50)):
        due = ["column" if i % 4 == 1 else "row" for i in range(layers)]
        due[-1] = "conv"
        came = list(submission.masks.layer_kinds(layers))
        expect(came == due, f"{layers} layers are {came}; expected {due}")
    for kind in ("full", "", "ROW"):
        with raises(ValueError):
            submission.masks.sparse_mask(kind, 2, 3)
