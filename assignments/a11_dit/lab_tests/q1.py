"""Weights and products, counted and built."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=2)
def test_counted_is_what_was_built(counted, built):
    assert counted == built, f"counted {counted}, built {built}: they should agree to the last weight"


@test_case(points=1)
def test_four_times_the_tokens(macs):
    ratio = macs[2] / macs[4]
    assert abs(ratio / 3.681 - 1) < 0.01, (
        f"patch 2 takes {ratio:.3f} times the multiplications of patch 4; expected 3.681: not four times, "
        "because condition, embedding and last layer cost the same, and attention sixteen times as much"
    )
