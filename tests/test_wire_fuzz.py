"""Ten thousand frames, valid and damaged, against the wire. `make fuzz` tries a million, led by coverage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import frames

FRAMES = 10_000
DAMAGES = 12  # frames of one example, each with one more damage


@pytest.mark.parametrize("valid", frames.VALID)
def test_a_valid_frame_is_read(valid):
    assert frames.read(valid)


def test_a_damaged_frame_is_read_or_refused_and_nothing_else():
    tried = came = 0

    @settings(max_examples=FRAMES // DAMAGES + 1, derandomize=True, database=None, deadline=None)
    @given(st.sampled_from(frames.VALID), st.binary(min_size=3 * DAMAGES, max_size=3 * DAMAGES))
    def attempt(valid, noise):
        nonlocal tried, came
        for frame in frames.damaged(valid, noise):
            came += frames.read(frame)
            tried += 1

    attempt()
    assert tried >= FRAMES
    assert 0.01 * tried < came < 0.9 * tried  # else the damage is too much, or too little, to find anything
