"""The transformer learns."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q3"
points = 2


@test_case(points=2)
def test_loss_falls(last):
    assert last < 0.3, f"the mean loss of the last 100 steps is {last:.3f}; expected less than 0.3"
