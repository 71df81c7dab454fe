"""Hidden checks of packing: fresh clips by a plain search, and masks pair by pair."""

import torch

from autograder.checks import Seed, any_of, close, expect, expect_dtype, raises, task
from autograder.nearness import unchanged

from .. import plays
from ..tests.test_packing import clips_of
from .fresh import expect_alike


def first_fit(lengths: list[int], capacity: int) -> list[list[int]]:
    """Return row and start of each clip."""
    rows: list[int] = []
    place = []
    for n in lengths:
        for row in range(len(rows) + 1):
            if row == len(rows):
                rows.append(0)
            if rows[row] + n <= capacity:
                place.append([row, rows[row]])
                rows[row] += n
                break
    return place


def fresh_lengths(seed: Seed, n: int, most: int) -> list[int]:
    """Return lengths of clips."""
    return [seed.fork(f"{i}").integer(1, most) for i in range(n)]


# -------------------- 6.2 packing
@task("packing", gate=True)
def test_packing_is_an_answer_at_all(submission, seed):
    """Fresh clips are all there, or masks go with segments"""
    clips = clips_of(seed, *fresh_lengths(seed, 6, 5))

    def packed() -> None:
        came = submission.play(plays.pack, clips, 8)["tokens"]
        expect_alike(came[came != 0].sort().values, torch.cat(clips).flatten().sort().values)

    def masks() -> None:
        segment = torch.arange(3).repeat_interleave(4)[None]
        came = submission.packing.block_mask(segment)
        expect_alike(came, (segment[:, :, None] == segment[:, None]))

    any_of(packed, masks)


@task("packing", weight=3)
def test_fresh_clips(submission, seed):
    """Fresh lengths and capacities, in both dtypes

    Each clip goes into the first row with room, in the order given, behind what is there: also into an
    earlier row. Try clips that just fit.
    """
    for i, (n, capacity) in enumerate(((9, 7), (5, 20), (1, 3))):
        lengths = fresh_lengths(seed.fork(f"{i}"), n, min(capacity, 7))
        clips = [clip.to((torch.float64, torch.float32)[i % 2]) for clip in clips_of(seed, *lengths, d=2)]
        came = submission.play(plays.pack, clips, capacity)
        place = first_fit(lengths, capacity)
        expect(came["place"] == place, f"clips of {lengths} in rows of {capacity} go to {came['place']}")
        rows = 1 + max(row for row, _ in place)
        tokens, segment = torch.zeros(rows, capacity, 2), torch.full((rows, capacity), -1)
        tokens = tokens.to(clips[0].dtype)
        for number, (clip, (row, start)) in enumerate(zip(clips, place, strict=True)):
            for k, token in enumerate(clip):
                tokens[row, start + k], segment[row, start + k] = token, number
        close(came["tokens"], tokens, rtol=0, what="the tokens")
        expect_dtype(came["tokens"], clips[0].dtype)
        close(came["segment"], segment, rtol=0, what="the segment")
        unchanged(came["arguments"], clips)
        with raises(ValueError):
            submission.play(plays.pack, [*clips, torch.ones(capacity + 1, 2).to(tokens)], capacity)
        with raises(ValueError):
            submission.play(plays.pack, [*clips, clips[0][:0]], capacity)
    for few in (0, -3):
        with raises(ValueError):
            submission.play(plays.pack, [], few)


@task("packing", weight=2)
def test_fresh_masks(submission, seed):
    """Fresh segments, with clips in any order and padding anywhere, pair by pair

    Tokens of the same clip look at each other, and padding at itself alone: segments may come in any order.
    """
    segment = seed.integer(0, 5) - 1 + (4 * seed.fork("s").uniform(3, 7)).long()
    segment[:, seed.fork("p").integer(0, 6)] = -1
    segment[1, 4:] = -1
    expected = torch.zeros(3, 7, 7, dtype=torch.bool)
    for row, ids in enumerate(segment.tolist()):
        for i, own in enumerate(ids):
            for j, other in enumerate(ids):
                expected[row, i, j] = i == j or (own == other and own >= 0)
    close(submission.packing.block_mask(segment), expected, rtol=0, what="the mask")
