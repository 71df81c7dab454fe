"""Public checks of windows, masks and the bias: small ones by hand, and torch's own attention."""

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.checks import Seed, exactly, expect, expect_dtype, raises, task
from autograder.nearness import near, near_single, unchanged

from .. import plays


# -------------------- 3.1 shifted_windows
def counting(shape: tuple[int, ...]) -> Tensor:
    """Return a field whose values say where they are: level, row and column in one number each."""
    z, h, w = torch.meshgrid(*(torch.arange(n) for n in shape), indexing="ij")
    return torch.stack([z, h, w], dim=-1)[None].double()


@task("shifted_windows", weight=2)
def test_windows_of_a_counting_field(submission):
    """Windows of 2 x 2 x 3 in a field of 4 x 4 x 6: along longitude first, then types, tokens z, h, w"""
    field = counting((4, 4, 6))
    came = submission.play(plays.calling, "pangu", "window_partition", [field, (2, 2, 3)])
    unchanged(came["arguments"][0], field)
    windows = came["value"]
    expect(
        windows.shape == (1, 2, 4, 12, 3), f"the shape is {tuple(windows.shape)}; expected (1, 2, 4, 12, 3)"
    )
    tokens = [[z, h, w] for z in (0, 1) for h in (0, 1) for w in (0, 1, 2)]
    hint = "Axis 1 counts windows along longitude; axis 2 pressure * (windows in latitude) + latitude."
    for lon, kind, corner in ((0, 0, (0, 0, 0)), (1, 0, (0, 0, 3)), (0, 1, (0, 2, 0)), (1, 2, (2, 0, 3))):
        due = exactly(*corner) + torch.tensor(tokens).double()
        near(windows[0, lon, kind], due, f"window {lon} of type {kind}", hint, 0)


@task("shifted_windows")
def test_there_and_back(submission, seed):
    """Cut and put together, two fields of 4 x 6 x 10 are what they were; windows have to fill"""
    field = seed.normal(2, 4, 6, 10, 3)
    for window in ((2, 3, 5), (1, 6, 2), (4, 2, 10)):
        windows = submission.pangu.window_partition(field, window)
        back = submission.pangu.window_merge(windows, (4, 6, 10), window)
        near(back, field, f"there and back with {window}", "Undo the steps, last one first.", 0)
    windows = submission.pangu.window_partition(field.float(), (2, 3, 5))
    expect_dtype(windows, torch.float32)
    for window in ((3, 3, 5), (2, 4, 5), (2, 3, 4)):
        with raises(ValueError):
            submission.pangu.window_partition(field, window)
        with raises(ValueError):
            submission.pangu.window_merge(windows, (4, 6, 10), window)


@task("shifted_windows", weight=2)
def test_mask_by_types(submission):
    """A field of 8 x 12 x 24 in windows of 2 x 6 x 12: 1, 1/2, and 1/4 of the pairs may attend, by type"""
    mask = submission.pangu.shift_mask((8, 12, 24), (2, 6, 12))
    expect(mask.shape == (8, 144, 144), f"the shape is {tuple(mask.shape)}; expected (8, 144, 144)")
    hint = "Only the last windows in pressure and in latitude hold two sides; nothing is cut in longitude."
    due = exactly(1, 0.5, 1, 0.5, 1, 0.5, 0.5, 0.25)
    near(mask.double().mean(dim=(1, 2)), due, "the share of pairs, by type", hint)
    # The first token of the last type: its own level, its own three rows, all twelve columns.
    tokens = torch.tensor([[z == 0 and h < 3 for h in range(6) for w in range(12)] for z in (0, 1)]).flatten()
    expect(torch.equal(mask[7, 0], tokens), "the first token of the last type may attend to others", hint)


@task("shifted_windows")
def test_odd_windows(submission):
    """Windows of three rows or levels are shifted by one: in the last ones the third is apart"""
    odd = submission.pangu.shift_mask((2, 6, 4), (1, 3, 2))
    due = torch.tensor([True] * 4 + [False] * 2)
    expect(torch.equal(odd[1, 0], due), f"row 0 may attend to {odd[1, 0].tolist()}; expected {due.tolist()}")
    expect(bool(odd[0].all()), "the first window is cut", "What came round lies in the last windows.")
    deep = submission.pangu.shift_mask((6, 2, 2), (3, 1, 2))
    came = deep[-1, 0].tolist()
    hint = "p // 2 levels came round, one of three: -p // 2 is not -(p // 2)."
    expect(came == due.tolist(), f"level 0 may attend to {came}; expected {due.tolist()}", hint)


@task("shifted_windows")
def test_nothing_at_the_date_line(submission):
    """With windows of one level and one row, shifted by half along longitude, every pair may attend"""
    for shape, window in (((3, 2, 8), (1, 1, 4)), ((1, 1, 6), (1, 1, 6))):
        mask = submission.pangu.shift_mask(shape, window)
        hint = "Longitude is a circle: the first and the last column are neighbours."
        due = (shape[0] * shape[1], window[2], window[2])
        expect(mask.shape == due, f"the shape is {tuple(mask.shape)}; expected {due}")
        expect(bool(mask.all()), f"{int((~mask).sum())} pairs are masked; expected none", hint)


# -------------------- 3.2 earth_attention
@task("earth_attention", weight=2)
def test_index_of_small_windows(submission):
    """Windows of 2 x 2 x 2: the first row is 1 0 7 6 25 24 31 30, and what is not relative keeps its place"""
    index = submission.pangu.earth_position_index((2, 2, 2))
    hint = "((z_i + p z_j) q² + h_i + q h_j) (2 r - 1) + w_i - w_j + r - 1."
    near(index[0], torch.tensor([1, 0, 7, 6, 25, 24, 31, 30]), "row 0", hint, 0)
    near(index[:, 0], torch.tensor([1, 2, 4, 5, 13, 14, 16, 17]), "column 0", hint, 0)
    near(
        submission.pangu.earth_position_index((1, 1, 3)),
        torch.tensor([[2, 1, 0], [3, 2, 1], [4, 3, 2]]),
        "1 x 1 x 3",
    )


@task("earth_attention")
def test_index_of_pangu(submission):
    """Windows of 2 x 6 x 12 use all of 3,312 rows, with entries as in the table"""
    index = submission.pangu.earth_position_index((2, 6, 12))
    expect(index.shape == (144, 144), f"the shape is {tuple(index.shape)}; expected (144, 144)")
    hint = "A level and a row keep their identity; only along longitude the difference counts."
    at = [(0, 0), (0, 1), (1, 0), (0, 12), (12, 0), (0, 72), (72, 0), (143, 143)]
    due = torch.tensor([11, 10, 12, 149, 34, 1667, 839, 3300])
    near(torch.stack([index[i] for i in at]), due, "the entries of the table", hint, 0)
    used = index.unique()
    expect(torch.equal(used, torch.arange(3312)), f"{len(used)} rows are used; expected 0..3311", hint)


def heads(seed: Seed, L: int, rows: int, n_type: int = 3, d: int = 5) -> list[Tensor]:
    """Return queries, keys, values (2 fields, 2 windows, 2 heads) and a table with a column for each type."""
    parts = [seed.fork(name).normal(2, 2, n_type, 2, L, d) for name in "qkv"]
    return [*parts, seed.fork("table").normal(rows, n_type, 2)]


def by_torch(q: Tensor, k: Tensor, v: Tensor, table: Tensor, index: Tensor, mask: Tensor | None) -> Tensor:
    """Return attention by torch's own function, with the bias as its mask."""
    bias = torch.stack([torch.stack([one[:, head][index] for head in range(2)]) for one in table.unbind(1)])
    if mask is not None:
        bias = torch.where(mask[:, None], bias, -torch.inf)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))


@task("earth_attention", weight=2)
def test_attention_as_torch_has_it(submission, seed):
    """Three types with tables of their own, two heads: as torch's attention with the bias as its mask"""
    index = (seed.fork("index").uniform(4, 4) * 7).long()
    args = [*heads(seed, 4, 7), index]
    came = submission.play(plays.calling, "pangu", "earth_attention", args)
    hint = "q k^T / sqrt(d) + table[index], for each type and head; softmax over the keys."
    near(came["value"], by_torch(*args, None), "attention", hint)
    unchanged(came["arguments"], args)
    single = [one.float() for one in args[:4]]
    near_single(
        submission.pangu.earth_attention(*single, index), by_torch(*args, None), "attention of float32"
    )


@task("earth_attention")
def test_masked_pairs(submission, seed):
    """Masked pairs have the weight 0 even where their scores are the largest, type by type"""
    index = (seed.fork("index").uniform(4, 4) * 7).long()
    q, k, v, table = heads(seed, 4, 7)
    mask = seed.fork("mask").uniform(3, 4, 4) > 0.5
    mask |= torch.eye(4, dtype=torch.bool)
    hint = "True means: may attend. -inf before the softmax; a mask for each type, the same for all heads."
    came = submission.pangu.earth_attention(8 * q, 8 * k, v, table, index, mask)
    near(came, by_torch(8 * q, 8 * k, v, table, index, mask), "attention", hint, 1e-11)
