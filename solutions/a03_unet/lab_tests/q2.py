"""Training: a loss that falls."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=2)
def test_loss_falls(records):
    first, last = (sum(record.loss for record in part) / 10 for part in (records[:10], records[-10:]))
    assert last < 0.5 * first, f"the loss went from {first:.3f} to {last:.3f}; expected less than half of it"
