"""Ten thousand entries, mutated from valid ones, against the collector. `make fuzz` tries a million."""

from __future__ import annotations

from .fuzz_entries import attempts

ENTRIES = 10_000


def test_a_damaged_entry_is_read_or_refused_and_nothing_else():
    came = attempts(ENTRIES)
    assert came["tried"] >= ENTRIES
    assert (
        0.1 * came["tried"] < came["read"] < 0.9 * came["tried"]
    )  # else the damage is too much, or too little
