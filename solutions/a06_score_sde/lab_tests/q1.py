"""Training: an untrained network has loss 1 per coordinate, and learns."""

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 3


@test_case(points=1)
def test_every_step_is_recorded(records, STEPS):
    steps = [record.step for record in records]
    assert steps == list(range(1, STEPS + 1)), f"{len(steps)} records for {STEPS} steps, or out of order"


@test_case(points=1)
def test_loss_begins_at_1(records):
    first = sum(record.loss for record in records[:50]) / 50
    assert abs(first - 1) < 0.1, (
        f"the first losses are {first:.2f} per coordinate; a network that says 0 has 1"
    )


@test_case(points=1)
def test_loss_falls(records):
    last = sum(record.loss for record in records[-200:]) / 200
    assert 0.2 < last < 0.5, f"the last losses are {last:.2f}; expected about 0.42, below 0.5"
