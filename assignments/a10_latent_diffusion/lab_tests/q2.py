"""Training: a loss that falls."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=2)
def test_loss_falls(records):
    first, last = (sum(record.loss for record in part) / 50 for part in (records[:50], records[-50:]))
    assert last < 0.4 * first, f"the loss went from {first:.3f} to {last:.3f}; expected less than 0.4 of it"
