"""The first batch: what towers cost that know nothing."""

import math

from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 2


@test_case(points=1)
def test_untrained_towers_know_less_than_nothing(records):
    more = records[0].loss - math.log(128)
    assert 0.2 < more < 2.5, (
        f"the first loss is ln 128 {more:+.2f}; about +1 is right, since a scale of 14.3 makes chance "
        "differences of cosines count: is it exp(log_scale), and is the loss a mean of both directions?"
    )


@test_case(points=1)
def test_the_loss_falls(records):
    last = sum(record.loss for record in records[-20:]) / 20
    assert last < 0.8, f"the loss of the last 20 steps is {last:.2f}; expected less than 0.8"
