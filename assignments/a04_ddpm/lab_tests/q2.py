"""Training: one record for each step, and a loss that falls."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q2"
points = 2


@test_case(points=1)
def test_every_step_is_recorded(records, STEPS):
    steps = [record.step for record in records]
    assert steps == list(range(1, STEPS + 1)), f"{len(steps)} records for {STEPS} steps, or out of order"


@test_case(points=1)
def test_loss_falls(records):
    first, last = (sum(record.loss for record in part) / 100 for part in (records[:100], records[-100:]))
    assert last < 0.6 * first, f"the loss went from {first:.3f} to {last:.3f}; expected less than 0.6 of it"
