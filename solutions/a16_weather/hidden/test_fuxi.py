"""Hidden checks of cubes: fresh ones one by one, and fresh places pixel by pixel."""

import torch
from torch import Tensor

from autograder.checks import any_of, task
from autograder.nearness import near, near_single

from ..tests.test_fuxi import cubes, cut_out
from .fresh import expect_alike


def laid_out(y: Tensor, weight: Tensor, size: tuple[int, int], p: int) -> Tensor:
    """Return pixels, place by place, and stretch them row by row and column by column."""
    b, _, h, w = y.shape
    c = len(weight) // p**2
    image = torch.zeros(b, c, h * p, w * p).double()
    for i in range(h):
        for j in range(w):
            numbers = (y[:, :, i, j] @ weight.T).view(b, c, p, p)
            image[:, :, i * p : i * p + p, j * p : j * p + p] = numbers
    for axis, new in zip((2, 3), size, strict=True):
        old = image.shape[axis]
        at = ((torch.arange(new).double() + 0.5) * old / new - 0.5).clamp(0, old - 1)
        low = at.floor().long().clamp(max=old - 2)
        share = (at - low).view(-1, 1) if axis == 2 else at - low
        image = image.index_select(axis, low) * (1 - share) + image.index_select(axis, low + 1) * share
    return image


@task("cube_embedding", gate=True)
def test_cubes_are_an_answer_at_all(submission, seed):
    """Fresh embeddings, or fresh pixels, go with what came in"""
    args = cubes(seed)
    y, weight = seed.fork("y").normal(2, 6, 3, 2), seed.fork("w").normal(12, 6)
    any_of(
        lambda: expect_alike(submission.fuxi.cube_embedding(*args), cut_out(*args)),
        lambda: expect_alike(
            submission.fuxi.cube_recovery(y, weight, (6, 4), 2), laid_out(y, weight, (6, 4), 2)
        ),
    )


@task("cube_embedding", weight=3)
def test_fresh_cubes(submission, seed):
    """Fresh cubes of 2, 3 and 4 pixels; fresh places laid out and stretched to other sizes; float32

    Rows and columns that fill no cube are dropped; a token's numbers are channel, row, column, and the
    stretch to `size` has values in the middles of pixels.
    """
    for p in (2, 3, 4):
        args = cubes(seed.fork(f"{p}"), c=2, d=3, p=p)
        near(submission.fuxi.cube_embedding(*args), cut_out(*args), f"cubes of {p}")
        y, weight = seed.fork(f"y{p}").normal(2, 5, 3, 2), seed.fork(f"w{p}").normal(2 * p * p, 5)
        for size in ((3 * p, 2 * p), (3 * p + 1, 2 * p), (7, 9)):
            due = laid_out(y, weight, size, p)
            near(submission.fuxi.cube_recovery(y, weight, size, p), due, f"{size}, p = {p}", within=1e-11)
    near(submission.fuxi.cube_recovery(y, weight, size), due, "the default of 4 pixels", within=1e-11)
    near_single(submission.fuxi.cube_recovery(y.float(), weight.float(), size), due, "pixels of float32")
