"""Digits that were asked for."""

import torch
from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 3


@test_case(points=1)
def test_cache_changes_nothing(ids, again):
    assert torch.equal(ids, again), "with a cache other ids are drawn than without one"


@test_case(points=1)
def test_digits_are_as_asked(right):
    assert right > 0.82, (
        f"{right:.2f} of the digits are recognised as what was asked; expected more than 0.82"
    )


@test_case(points=1)
def test_bold_is_bold(darker):
    assert darker > 0.04, f"bold digits are {darker:.3f} brighter than light ones; expected more than 0.04"
