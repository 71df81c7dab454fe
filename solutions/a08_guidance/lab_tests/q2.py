"""Training: a loss that falls."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 1


@test_case(points=1)
def test_loss_falls(records):
    first, last = (sum(record.loss for record in part) / 100 for part in (records[:100], records[-100:]))
    assert last < 0.7 * first, f"the loss went from {first:.3f} to {last:.3f}; expected less than 0.7 of it"
