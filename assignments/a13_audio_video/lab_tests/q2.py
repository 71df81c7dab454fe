"""Percussion: the share of energy below 200 Hz."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=2)
def test_bass_drums_are_low(shares):
    for kind, expected in (("bd_", 0.99), ("perc_", 0.04)):
        assert abs(shares[kind] - expected) < 0.03, (
            f"{kind} has {shares[kind]:.3f} of its energy below 200 Hz; expected {expected}"
        )
