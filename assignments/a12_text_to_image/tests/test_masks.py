"""Public checks of the masks: what single tokens see, how many pairs there are, what two layers reach."""

import torch
from torch import Tensor

from autograder.checks import close, expect, raises, task

SEEN = {  # of the image, by token 12 (row 2, column 1) and by the last of 3 + 4 * 4
    "row": ([8, 9, 10, 11, 12], [14, 15, 16, 17, 18]),
    "column": ([4, 8, 12], [6, 10, 14, 18]),
    "conv": ([7, 8, 9, 11, 12], [13, 14, 17, 18]),
}
OF_THE_IMAGE = (
    "Rows, columns and windows are the image's: take the text's length from a token's number first."
)


def small(submission, kind: str) -> Tensor:
    """Return the mask for 3 text positions and a grid of 4 x 4, with windows of 3 x 3."""
    return submission.masks.sparse_mask(kind, 3, 4, 3)


# -------------------- 3.2 sparse_masks
@task("sparse_masks", weight=3)
def test_what_two_tokens_see(submission):
    """Tokens 12 and 18 of 3 + 4 x 4 see all of the text, and of the image what the handout draws"""
    for kind, rows in SEEN.items():
        mask = small(submission, kind)
        expect(mask.dtype == torch.bool, f"the mask is {mask.dtype}; expected torch.bool")
        for token, image in zip((12, 18), rows, strict=True):
            expected = torch.zeros(19, dtype=torch.bool)
            expected[[0, 1, 2, *image]] = True
            what = f"{kind!r}: token {token}'s view"
            close(mask[token], expected, rtol=0, what=what, hint=OF_THE_IMAGE, axes=("token",))


@task("sparse_masks")
def test_text_sees_earlier_text(submission):
    """Words and paddings see themselves and all earlier ones, and no image, whatever the kind"""
    for kind in SEEN:
        mask = small(submission, kind)
        expected = torch.tensor([[j <= i for j in range(19)] for i in range(3)])
        hint = "The kind is about the image only; no token looks ahead."
        close(
            mask[:3], expected, rtol=0, what=f"{kind!r}: the text's view", hint=hint, axes=("token", "other")
        )


@task("sparse_masks", weight=2)
def test_pairs_of_a_larger_grid(submission):
    """4 + 12 x 12 tokens have 2,380 pairs by row, 1,522 by column, and 5,860 in windows of 11, the default"""
    for kind, pairs in (("row", 2380), ("column", 1522), ("conv", 5860)):
        came = submission.masks.sparse_mask(kind, 4, 12)
        expect(came.shape == (148, 148), f"{kind!r} has shape {tuple(came.shape)}; expected (148, 148)")
        close(
            came.sum(),
            torch.tensor(pairs),
            rtol=0,
            what=f"the number of pairs of {kind!r}",
            hint=OF_THE_IMAGE,
        )


@task("sparse_masks", weight=2)
def test_row_and_column_reach_everything(submission):
    """A row layer and a column layer, in either order, lead from every token to all before it"""
    row, column = (small(submission, kind).double() for kind in ("row", "column"))
    causal = torch.tensor([[j <= i for j in range(19)] for i in range(19)])
    for first, second, name in ((row, column, "row, column"), (column, row, "column, row")):
        hint = "A row is a window of the d tokens before, not the token's own row of the picture."
        close(
            (second @ first > 0),
            causal,
            rtol=0,
            what=f"what {name} reach",
            hint=hint,
            axes=("token", "other"),
        )


@task("sparse_masks", weight=2)
def test_kinds_of_64_layers(submission):
    """Of 64 layers, counted from 1, 2, 6, ..., 62 are columns, 64 is conv and 47 are rows; 3 end with conv"""
    kinds = list(submission.masks.layer_kinds(64))
    expected = ["conv" if i == 63 else "column" if i in range(1, 63, 4) else "row" for i in range(64)]
    wrong = [i for i, (came, due) in enumerate(zip(kinds, expected, strict=False)) if came != due]
    expect(len(kinds) == 64, f"there are {len(kinds)} kinds; expected 64")
    for i in wrong[:1]:
        hint = "The paper counts from 1: its first four layers are row, column, row, row."
        expect(False, f"layer number {i + 1} is {kinds[i]!r}; expected {expected[i]!r}", hint)
    for layers, due in ((3, ["row", "column", "conv"]), (1, ["conv"])):
        came = list(submission.masks.layer_kinds(layers))
        expect(came == due, f"{layers} layers are {came}; expected {due}")


@task("sparse_masks")
def test_masks_refuse_other_kinds(submission):
    """ "axial" and "Row" raise ValueError"""
    for kind in ("axial", "Row"):
        with raises(ValueError):
            submission.masks.sparse_mask(kind, 3, 4, 3)
