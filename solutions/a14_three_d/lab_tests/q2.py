"""The bear from fifty pictures."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 4


@test_case(points=2)
def test_new_views_are_right(decibels):
    assert decibels > 24.5, f"held-out views have {decibels:.2f} dB; expected more than 24.5"


@test_case(points=1)
def test_silhouettes_are_right(overlap):
    assert overlap > 0.95, f"silhouettes overlap by {overlap:.3f}; expected more than 0.95"


@test_case(points=1)
def test_depth_is_right(gap):
    assert gap < 0.1, f"depth is off by {gap:.3f}; expected less than 0.1 (depth is along the axis)"
