"""Public checks of packing: where clips go, what stands around them, and that none sees another."""

import torch
from torch import Tensor

from autograder.checks import Seed, close, expect, raises, task
from autograder.nearness import near, unchanged

from .. import plays


# -------------------- 6.2 packing
def clips_of(seed: Seed, *lengths: int, d: int = 3) -> list[Tensor]:
    """Return clips of so many tokens."""
    return [seed.fork(f"{i}").normal(n, d) for i, n in enumerate(lengths)]


@task("packing", weight=2)
def test_first_fit(submission, seed):
    """Clips of 6, 5, 4, 3, 2 tokens go into two rows of 10: at (0, 0), (1, 0), (0, 6), (1, 5), (1, 8)"""
    for lengths, capacity, place in (
        ((6, 5, 4, 3, 2), 10, [[0, 0], [1, 0], [0, 6], [1, 5], [1, 8]]),
        ((2, 3, 1), 3, [[0, 0], [1, 0], [0, 2]]),
        ((1, 1), 1, [[0, 0], [1, 0]]),
    ):
        came = submission.play(plays.pack, clips_of(seed, *lengths), capacity)["place"]
        said = f"clips of {lengths} in rows of {capacity} go to {came}; expected {place}"
        expect(
            came == place,
            said,
            "The first row with room, in the order given; a row may be filled exactly.",
        )


@task("packing", weight=2)
def test_tokens_and_segments(submission, seed):
    """Rows hold the clips' tokens and 0 elsewhere, and segments the clips' numbers and -1"""
    clips = clips_of(seed, 3, 4, 2)
    came = submission.play(plays.pack, clips, 6)
    tokens = torch.zeros(2, 6, 3).double()
    tokens[0, :3], tokens[1, :4], tokens[0, 3:5] = clips
    near(came["tokens"], tokens, "the tokens")
    segment = torch.tensor([[0, 0, 0, 2, 2, -1], [1, 1, 1, 1, -1, -1]])
    hint = "The number is that of the clip in the list, also in the second row."
    close(came["segment"], segment, rtol=0, what="the segment", hint=hint, axes=("row", "position"))
    unchanged(came["arguments"], clips)


@task("packing")
def test_packing_refuses(submission, seed):
    """A clip longer than a row, an empty one, and a capacity of 0 raise ValueError; no clips are 0 rows"""
    for lengths, capacity in (((2, 5), 4), ((2, 0), 4), ((), 0)):
        with raises(ValueError):
            submission.play(plays.pack, clips_of(seed, *lengths), capacity)
    came = submission.play(plays.pack, [], 4)
    expect(tuple(came["segment"].shape) == (0, 4), f"no clips have segments {tuple(came['segment'].shape)}")
    expect(len(came["tokens"]) == 0 and came["place"] == [], "no clips fill no row and have no place")


@task("packing", weight=2)
def test_worked_mask(submission):
    """Segments 0, 0, 0, 1, 1, -1, -1: 15 pairs, 9 + 4 of clips and 2 of padding that looks at itself"""
    segment = torch.tensor([[0, 0, 0, 1, 1, -1, -1], [2, 3, 3, 3, 3, 3, 3]])
    came = submission.play(plays.calling, "packing", "block_mask", [segment])
    ones = [torch.ones(n, n) for n in (3, 2, 1, 1)], [torch.ones(n, n) for n in (1, 6)]
    expected = torch.stack([torch.block_diag(*parts) for parts in ones]).bool()
    hint = "Same clip, and not padding (-1; the first clip is 0); or itself."
    close(came["value"], expected, rtol=0, what="the mask", hint=hint, axes=("row", "query", "key"))
    unchanged(came["arguments"][0], segment)


@task("packing", weight=2)
def test_packed_clips_attend_as_alone(submission, seed):
    """Attention in packed rows under the mask gives each clip what it gives alone, and padding no NaN"""
    clips = clips_of(seed, 3, 4, 2)
    rows, segment = torch.zeros(2, 6, 3).double(), torch.full((2, 6), -1)
    for i, (row, start) in enumerate(((0, 0), (1, 0), (0, 3))):
        rows[row, start : start + len(clips[i])] = clips[i]
        segment[row, start : start + len(clips[i])] = i
    mask = submission.packing.block_mask(segment)
    scores = (rows @ rows.mT).masked_fill(~mask, -torch.inf)
    came = scores.softmax(dim=2) @ rows
    expected = torch.zeros_like(rows)
    for i, clip in enumerate(clips):
        expected[segment == i] = (clip @ clip.T).softmax(dim=1) @ clip
    near(came, expected, "attention in packed rows", "A row of the mask with no True is NaN after softmax.")
