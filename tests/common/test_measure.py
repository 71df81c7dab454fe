"""What a lab's own test says of measures that are not as wanted."""

from __future__ import annotations

from common.labs.measure import Measure, unmet


def test_what_is_not_as_wanted_is_named_with_its_limit() -> None:
    few = Measure("classes", 5.0, 8.0, False, "5 of 10 digits are among them")
    none = Measure("ink", float("nan"), 0.25, True, "no ink")
    assert unmet([Measure("copies", 0.0, 0.15, True, "few enough"), few]) == (
        "classes 5.00, wanted 8: 5 of 10 digits are among them"
    )
    assert unmet([few, none], digits=3) == (
        "classes 5.000, wanted 8: 5 of 10 digits are among them; ink nan, wanted 0.25: no ink"
    )
    assert unmet([]) == ""
