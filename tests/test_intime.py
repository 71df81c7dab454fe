"""When a call of a student's own run is ended, on a clock of our own."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.calls import intime


@pytest.mark.parametrize(
    ("share", "most_s"),
    [
        (1.0, 21.0),  # computes all the time
        (4.0, 6.0),  # on four cores
        (0.1, 210.0),  # on a busy machine: it is ended by what it computed
        (0.02, None),  # a call that comes to its end on a machine with fifty other programs
        (0.0, 21.0),  # waits for something
    ],
)
def test_a_call_is_ended_by_what_it_computes(
    monkeypatch: pytest.MonkeyPatch, share: float, most_s: float | None
) -> None:
    now_s, notes = 0.0, []

    class Done:
        def wait(self, seconds: float) -> bool:
            nonlocal now_s
            now_s += seconds
            return now_s > 600 or len(notes) > 4  # it does not end by the first interrupts

    monkeypatch.setattr(intime.time, "process_time", lambda: share * now_s)
    monkeypatch.setattr(intime._thread, "interrupt_main", lambda: notes.append("interrupted"))
    done: Any = Done()
    intime._watch(done, lambda: notes.append("late"))
    assert notes == ([] if most_s is None else ["late", "interrupted"] * 3)
    assert now_s <= (most_s or 601)
