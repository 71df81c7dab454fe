"""The bears from none."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 3


@test_case(points=2)
def test_told_views_are_right(right):
    share = right["view told"]
    assert share > 0.9, f"{share:.2f} of the views are right with the view told; expected more than 0.9"


@test_case(points=1)
def test_views_that_are_not_told_are_not(right):
    share = right["not told"]
    assert share < 0.6, f"{share:.2f} of the views are right though nobody told them; expected less than 0.6"
