"""A budget of time for each submission: the least for everybody, more where the reference is slow."""

from __future__ import annotations

import pytest

from autograder.judging.patience import LEAST_S, TIMES, Patience
from autograder.records import Verdict


def never() -> float:
    raise AssertionError("the reference is not timed before the least is used up")


def test_the_least_is_everybodys_and_costs_no_measuring():
    assert LEAST_S >= 120
    assert Patience(never).over(LEAST_S) is None


@pytest.mark.parametrize(("reference_s", "limit_s"), [(1.0, LEAST_S), (60.0, 60.0 * TIMES)])
def test_after_ten_times_the_reference_further_checks_are_not_run(reference_s, limit_s):
    asked = []
    patience = Patience(lambda: asked.append(1) or reference_s)
    assert patience.over(limit_s) is None
    stop = patience.over(limit_s + 0.1)
    assert stop
    assert stop.verdict is Verdict.TIMEOUT
    assert stop.message == f"not run: the checks before took more than {limit_s:.0f} s together"
    patience.over(limit_s + 1)
    assert len(asked) == 1
