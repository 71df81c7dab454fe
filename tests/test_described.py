"""A description of a mutant misleads when it tells of what the mutated lines cannot have done."""

from __future__ import annotations

import pytest

from autograder.proving.described import count
from autograder.proving.mutants import Mutant
from autograder.proving.verified import Described


@pytest.mark.parametrize(
    ("before", "looks", "misled"),
    [
        ("return a + b", "Each value is the expected one times 2.", 0),
        ("return a + b", "This is right but for 6e-08 of each value: is something in float32 on the way?", 1),
        ("return x.double()", "This is right but for 6e-08 of each value: is float32 on the way?", 0),
        ("return a + b", "This is transposed.", 1),
        ("return x.flatten(start_dim=1)", "This is transposed.", 0),
        ("return a + b", "Only the first of 5 places of dimension 0 is wrong.", 0),
    ],
)
def test_a_cause_that_cannot_be_misleads(before: str, looks: str, misled: int) -> None:
    mutant = Mutant("f.py:f:add-to-sub:1", "f", "f.py", 1, "f", before, "return a - b", "")
    assert count([(mutant, looks), (mutant, "")]) == Described(2, 1, misled)
